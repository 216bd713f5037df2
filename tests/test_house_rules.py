"""The house rules that no linter knows."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.source_files import PACKAGES, found, modules, name, tracked

LONGEST_MODULE, LONGEST_FUNCTION = 400, 40
ROOMS_WITHOUT_A_SUBJECT = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager|service|factory)$")
CLOCKS = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime))\(")
MAY_READ_A_CLOCK = {"board.py", "jobs/scheduler.py", "dashboard/app.py"}
READS_THE_ENVIRONMENT = re.compile(r"\bos\.(getenv|environ)\b")
MAY_READ_THE_ENVIRONMENT = {"config/settings.py"}
ADDRESS = re.compile(
    r"(?<!no-emit-)index-url|extra-index|find-links|(^|[^\w.])/(work|home|root)/\w"
    r"|https?://[^\s\"']*(pypi|/simple)[/.]",
    re.I,
)
# A date moved by an interval is a timestamp; compared with an instant, it hides the planner's statistics.
A_TIMESTAMP = re.compile(r"(?<!CAST\()CAST\(:\w+ AS date\) *[-+] *interval")
# A moved column would silently come into another field.
ROW_BY_POSITION = re.compile(r"\w\(\*row\b|\b[A-Z]\w*\([^()]*\b(row|values)\[-?\d")
A_ZONE = re.compile(r"[\"'](Africa|America|Antarctica|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific)/\w")
MAY_NAME_A_ZONE = {
    "queries/days.py",
    "dashboard/controls/mistakes.py",
}  # the second quotes the example of a message of config/
ITSELF = "tests/test_house_rules.py"


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and lines, without decorators and docstring."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            skipped = 0
            if ast.get_docstring(node):
                text = node.body[0]
                skipped = (text.end_lineno or text.lineno) - text.lineno + 1
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1 - skipped


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert {path: length for path, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    long = [
        f"{name(path)}: {function} has {length}"
        for path in modules()
        for function, length in functions(path)
        if length > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_room_without_a_subject() -> None:
    assert [name(path) for path in modules() if ROOMS_WITHOUT_A_SUBJECT.search(path.stem)] == []


def test_everything_is_caught_in_one_place_only() -> None:
    """By what keeps the ticks, the parts of a sweep and the deliveries apart: jobs/failures.py, attempt()."""
    broad = re.compile(r"except(\s+\(?(\w+,\s*)*(Base)?Exception\b.*)?\s*:")
    allowed = ["jobs/failures.py: except Exception as error:  # noqa: BLE001 - see above"]
    assert [re.sub(r":\d+:", ":", line) for line in found(broad, modules(), set())] == allowed


def test_four_places_only_go_on_whatever_fails() -> None:
    callers = found(re.compile(r"\battempt\("), modules(), {"jobs/failures.py"})
    assert {line.split(":")[0] for line in callers} == {
        "jobs/deliver.py",
        "jobs/scheduler.py",
        "jobs/sources/syncing/each.py",
        "jobs/sweep.py",
    }


def test_the_wall_clock_is_read_in_three_files_only() -> None:
    assert found(CLOCKS, modules(), MAY_READ_A_CLOCK) == []


def test_the_environment_is_read_in_the_settings_only() -> None:
    assert found(READS_THE_ENVIRONMENT, modules(), MAY_READ_THE_ENVIRONMENT) == []


def test_whose_day_it_is_is_said_in_one_file_only() -> None:
    """A zone named elsewhere gives all regions the days of one."""
    shown = [path for path in modules() if name(path).startswith(("dashboard/", "queries/"))]
    assert found(A_ZONE, shown, MAY_NAME_A_ZONE) == []


def test_no_address_of_a_registry_and_no_path_of_a_machine_stands_in_a_file() -> None:
    texts = [path for path in tracked() if path.suffix not in {".png", ".gz", ".xlsx", ".woff2"}]
    assert found(ADDRESS, texts, {ITSELF}) == []


def test_the_edge_of_a_period_is_cast_to_an_instant() -> None:
    """tests/test_plans.py finds every such comparison, but only of the statements that it sees."""
    assert found(A_TIMESTAMP, modules(), set()) == []


def test_rows_of_the_database_are_built_by_name() -> None:
    ours = [path for path in modules() if name(path).startswith(("queries/", "jobs/"))]
    assert found(ROW_BY_POSITION, ours, {"queries/db.py"}) == []


def test_no_function_without_a_name_stands_in_another() -> None:
    nested = [
        f"{name(path)}:{inner.lineno}"
        for path in modules()
        for outer in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(outer, ast.Lambda)
        for inner in ast.walk(outer.body)
        if isinstance(inner, ast.Lambda)
    ]
    assert nested == []


def test_nothing_imports_the_command_line() -> None:
    """The other directions are import-linter's, which knows packages only."""
    assert found(re.compile(r"^\s*(import|from) board\b"), modules(), set()) == []


def test_jobs_know_neither_the_scheduler_nor_each_other() -> None:
    """They stand in no contract of import-linter: one more is its file and a line in the scheduler."""
    shared = {"scheduler", "failures", "work"}
    jobs = {path.stem for path in modules() if path.parent == ROOT / "jobs"} - shared - {"__init__"}
    imports = re.compile(rf"^(from jobs import|(from|import) jobs\.({'|'.join((*jobs, 'scheduler'))})\b)")
    assert found(imports, [ROOT / "jobs" / f"{job}.py" for job in jobs], set()) == []


def test_locks_pin_names_with_hashes() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        entries = re.sub(r"\\\n\s+", "", (ROOT / lock).read_text("utf-8")).splitlines()
        wrong = [
            line
            for line in entries
            if not re.fullmatch(r"[\w.-]+==\S+( ; .+?)?( ?--hash=sha256:\w{64} ?)+", line)
        ]
        assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_the_packages_are_ours(package: str) -> None:
    """PyPI has a `config` and a `queries` too."""
    module = importlib.import_module(package)
    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(ROOT)


def test_every_folder_of_tests_is_a_package() -> None:
    """Or tests/queries would become `queries`."""
    folders = {path.parent for path in modules(tests=True) if name(path).startswith("tests/")}
    assert [name(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_test_module_is_imported_by_another() -> None:
    """What several tests need is a fixture in conftest.py or a builder in a module beside them."""
    imported = re.compile(
        r"^\s*(from|import) tests\.(\w+\.)*test_\w+|^\s*from tests(\.\w+)* import .*\btest_\w+"
    )
    assert found(imported, modules(tests=True), {ITSELF}) == []


def test_nothing_else_stands_directly_in_dashboard() -> None:
    """`dashboard/` is first on the path of Streamlit's scripts, where `config.py` would hide the package."""
    allowed = {"__init__", "asgi", "app", "wall", "reads", "live_bus", "pages", "parts", "rows", "theme"}
    assert {path.stem for path in modules() if path.parent == ROOT / "dashboard"} <= allowed
