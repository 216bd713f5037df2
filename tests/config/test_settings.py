"""The environment: every variable that the README names is read, and a wrong or misspelt one is refused."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.settings import Settings, SettingsError, settings
from tests.conftest import ROOT

GIVEN: dict[str, tuple[str, object]] = {
    "BOARD_DATABASE_URL": ("postgres://me:pw@there/db", "postgresql+psycopg2://me:pw@there/db"),
    "BOARD_DATABASE_ROLE": ("board_app", "board_app"),
    "BOARD_WEBHOOK_URL": ("https://there/hook", "https://there/hook"),
    "BOARD_POLICY_FILE": ("/etc/mine.toml", Path("/etc/mine.toml")),
    "BOARD_SOURCES_DIR": ("/etc/maps", Path("/etc/maps")),
    "BOARD_PHONE_HASH_KEY": ("pepper", "pepper"),
    "BOARD_SIGN_IN": ("oidc", "oidc"),
    "BOARD_TRUSTED_PROXY": ("10.0.0.7", "10.0.0.7"),
    "BOARD_PUBLIC_URL": ("https://board.example", "https://board.example"),
    "BOARD_DATA_DIR": ("/srv/board", Path("/srv/board")),
    "BOARD_HOST": ("::1", "::1"),
    "BOARD_DASHBOARD_PORT": ("9000", 9000),
    "BOARD_WALL_PORT": ("9001", 9001),
    "BOARD_UPLOAD_MIB": ("50", 50),
    "BOARD_UPLOAD_DAYS": ("3", 3),
}
WRONG = [
    ("BOARD_DATABASE_URL", "mysql://me:hush@there/db", "BOARD_DATABASE_URL: write it as postgresql://"),
    ("BOARD_DASHBOARD_PORT", "many", "BOARD_DASHBOARD_PORT: should be a valid integer"),
    ("BOARD_WALL_PORT", "65536", "BOARD_WALL_PORT: should be less than or equal to 65535"),
    ("BOARD_SIGN_IN", "nobody", "BOARD_SIGN_IN: should be 'local', 'oidc' or 'choose'"),
    ("BOARD_DEMO", "perhaps", "BOARD_DEMO: should be a valid boolean"),
    ("BOARD_LOG_LEVEL", "LOUD", "BOARD_LOG_LEVEL: should be 'DEBUG'"),
    ("BOARD_WEBHOK_URL", "https://there", "BOARD_WEBHOK_URL is no setting: BOARD_WEBHOOK_URL is meant?"),
    ("BOARD_POLICYFILE", "mine.toml", "BOARD_POLICYFILE is no setting: BOARD_POLICY_FILE is meant?"),
]
OTHERS_OWN = (
    "BOARD_PORT",
    "BOARD_SERVICE_HOST",
    "BOARD_DATABASE_PASSWORD",
    "BOARD_SOURCE_CRM",
    "BOARD_OIDC_FILE",
    "BOARDROOM_URL",
)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Settings]]:
    def read(name: str, value: str) -> Settings:
        monkeypatch.setenv(name, value)
        settings.cache_clear()
        return settings()

    yield read
    settings.cache_clear()


def _in_the_readme() -> set[str]:
    rows = re.findall(r"^\| (`BOARD_.*?) \|", (ROOT / "README.md").read_text("utf-8"), re.M)
    return {name for row in rows for name in re.findall(r"`(BOARD_\w+)`", row)}


def test_what_the_readme_names_is_what_is_tested_here() -> None:
    assert set(GIVEN) == _in_the_readme()


@pytest.mark.parametrize("name", GIVEN)
def test_every_variable_of_the_readme_is_read(name: str, given: Callable[[str, str], Settings]) -> None:
    value, read = GIVEN[name]
    found = getattr(given(name, value), name.removeprefix("BOARD_").lower())
    assert (found.get_secret_value() if hasattr(found, "get_secret_value") else found) == read


def test_every_setting_is_used_somewhere() -> None:
    """One that nobody looks at is a promise that nothing keeps; the tests' own are looked at by them."""
    files = [ROOT / "board.py", *(ROOT / "tests").glob("*.py")]
    files += [
        file for top in ("config", "dashboard", "jobs", "queries") for file in (ROOT / top).rglob("*.py")
    ]
    used = {
        node.attr
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    assert set(Settings.model_fields) - used == set()


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_a_wrong_or_misspelt_variable_is_refused_with_its_name_and_without_its_value(
    name: str, value: str, said: str, given: Callable[[str, str], Settings]
) -> None:
    with pytest.raises(SettingsError) as refused:
        given(name, value)
    assert str(refused.value).startswith(said)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("name", OTHERS_OWN)
def test_variables_of_others_are_left_alone(name: str, given: Callable[[str, str], Settings]) -> None:
    given(name, "tcp://10.0.0.1:80")


def test_people_sign_in_with_a_password_except_in_the_demo(given: Callable[[str, str], Settings]) -> None:
    assert given("BOARD_DEMO", "false").sign_in == "local"
    assert given("BOARD_DEMO", "true").sign_in == "choose"
    assert Settings().of_the_demo().sign_in == "choose"
    assert given("BOARD_SIGN_IN", "local").sign_in == "local"
    assert settings().of_the_demo() == Settings(demo=True, sign_in="local")
