"""The environment as one typed object: BOARD_… variables."""

import os
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from config import UserError
from config.policy import DEFAULT

ALIKE = 0.92  # of two names' letters
SHORT = 12  # BOARD_PORT is not BOARD_HOST misspelt
SHORTEST_SECRET = 10  # characters; masking a shorter one, such as 'postgres', would hide ordinary words
SECRET_LENGTH = 16  # characters from which on a part of a path counts as a token
OF_A_SOURCE = "BOARD_SOURCE_"  # begins the name of a variable that holds the URL of a source's database
URL_FILE = "database-url"  # in the data directory, written by `board up` over the embedded server


class SettingsError(UserError):
    """A BOARD_… variable is wrong; the message says which and what to do."""


def _driver(value: object) -> object:
    for prefix in ("postgresql+psycopg2://", "postgresql://", "postgres://"):
        if isinstance(value, str) and value.startswith(prefix):
            return "postgresql+psycopg2://" + value.removeprefix(prefix)
    if value in (None, ""):
        return None
    raise ValueError("write it as postgresql://USER:PASSWORD@HOST/DATABASE")


def _web_address(value: object) -> object:
    if value in (None, ""):
        return None
    try:
        address = httpx.URL(str(value))
        usable = address.scheme in ("http", "https") and address.host and (address.port or 80) < 65_536
    except (httpx.InvalidURL, UnicodeError):
        usable = False
    # The message leaves out the value, which may contain a token.
    if not usable or re.search(r"\s", str(value)):
        raise ValueError("write it as https://HOST/PATH")
    return value


def _default_data_dir() -> Path:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/complaint-board")
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "complaint-board"


Port = Annotated[int, Field(ge=0, le=65_535)]
Url = Annotated[str | None, BeforeValidator(_driver)]
WebAddress = Annotated[str | None, BeforeValidator(_web_address)]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="BOARD_", frozen=True)

    database_url: Url = Field(default=None, repr=False)  # none: the embedded server that `board up` runs
    database_role: str | None = None  # what to become after signing in
    data_dir: Path = Field(default_factory=_default_data_dir)
    host: str = "127.0.0.1"
    dashboard_port: Port = 8501
    wall_port: Port = 8502
    demo: bool = False
    policy_file: Path = DEFAULT
    sources_dir: Path | None = None  # the centre's own maps, beside those of config/sources
    real_data: Path | None = None
    test_database_url: Url = Field(default=None, repr=False)
    webhook_url: WebAddress = Field(default=None, repr=False)  # an outlet; none: alerts stay on the board
    public_url: WebAddress = None  # where people open the dashboard: messages then hold a whole link
    phone_hash_key: SecretStr = SecretStr("")
    # Login and password, an identity provider, or persons chosen without either: the default of the demo.
    sign_in: Literal["local", "oidc", "choose"] = "local"
    # Addresses, separated by commas, whose X-Forwarded-For and X-Forwarded-Proto are believed.
    trusted_proxy: str = "127.0.0.1"
    upload_mib: Annotated[int, Field(ge=1, le=4_096)] = 200  # of a file dropped on the page of imports
    upload_days: Annotated[int, Field(ge=1, le=365)] = 7  # for which one that was not imported is kept
    build: str = "dev"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    supervised: bool = False  # set by `board up` for its children, which end when it is gone
    ci: bool = Field(default=False, validation_alias="CI")

    @model_validator(mode="after")
    def _let_the_demo_choose(self) -> Self:
        if self.demo and "sign_in" not in self.model_fields_set:
            self.__dict__["sign_in"] = "choose"
        return self

    def of_the_demo(self) -> Self:
        """As with BOARD_DEMO=true; an explicit BOARD_SIGN_IN stays."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return self.model_validate({**given, "demo": True})

    def secrets(self) -> tuple[str, ...]:
        """Values that no log line may contain, the longest first."""
        given = list(_parts(self.webhook_url or ""))
        for url in (self.database_url, self.test_database_url):
            password = urlsplit(url or "").password or ""
            given += [password, unquote(password)]
        given.append(self.phone_hash_key.get_secret_value())
        for name, url in os.environ.items():
            if name.startswith(OF_A_SOURCE):
                given += list(_parts(url))
        return tuple(sorted({one for one in given if len(one) >= SHORTEST_SECRET}, key=len, reverse=True))

    def url(self) -> str:
        """The database to use; raises SettingsError where there is none."""
        if self.database_url:
            return self.database_url
        try:
            found = (self.data_dir / URL_FILE).read_text("utf-8").strip()
        except OSError:
            raise SettingsError(
                "There is no database: set BOARD_DATABASE_URL, or start the board with `board up`."
            ) from None
        return found


def _parts(address: str) -> Iterator[str]:
    """Secrets in an address: passwords, values of its query, long parts of its path."""
    found = urlsplit(address)
    yield address
    yield from (unquote(part) for part in (found.password, found.query) if part)
    yield from (value for _name, value in parse_qsl(found.query))
    yield from (part for part in found.path.split("/") if len(part) >= SECRET_LENGTH)


def source_url(variable: str) -> str:
    """The URL of a source's database; raises SettingsError."""
    found = os.environ.get(variable, "").strip()
    if not found:
        raise SettingsError(f"{variable} is not set: it holds the URL of the source's database.")
    return found


def has_source_url(variable: str) -> bool:
    return bool(os.environ.get(variable, "").strip())


@lru_cache(maxsize=1)
def settings() -> Settings:
    _refuse_misspelt(os.environ)
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("; ".join(map(_mistake, error.errors(include_input=False)))) from None


def _mistake(one: ErrorDetails) -> str:
    """Without the value: it may be a password."""
    name = "_".join(map(str, one["loc"])).upper()
    what = one["msg"].removeprefix("Value error, ").replace("Input should", "should")
    return f"{name if name == 'CI' else f'BOARD_{name}'}: {what}"


def _refuse_misspelt(names: Iterable[str]) -> None:
    """A misspelt setting would silently leave its default in force. Names that resemble none are used by
    others: by compose.yaml, or set by Kubernetes for a service."""
    known = {f"BOARD_{field.upper()}" for field in Settings.model_fields}
    for name in sorted(set(names) - known):
        meant = get_close_matches(name, known, 1, ALIKE) if name.startswith("BOARD_") else []
        if meant and len(name) > SHORT:
            raise SettingsError(f"{name} is no setting: {meant[0]} is meant?")


def child_environment(**changes: str) -> dict[str, str]:
    """This process's environment for a child, with BOARD_… variables set anew (given without the prefix)."""
    return {**os.environ, **{f"BOARD_{name.upper()}": value for name, value in changes.items()}}
