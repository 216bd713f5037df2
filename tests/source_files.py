"""The files of the repository, as the tests of its rules read them."""

import re
import subprocess
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

PACKAGES = ("board", "config", "dashboard", "jobs", "queries")


@cache
def tracked() -> tuple[Path, ...]:
    """Files that are or would be committed."""
    listed = subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return tuple(path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file())


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def modules(*, tests: bool = False) -> list[Path]:
    tops = {f"{package}.py" for package in PACKAGES} | set(PACKAGES) | ({"tests"} if tests else set())
    return [path for path in tracked() if path.suffix == ".py" and name(path).split("/")[0] in tops]


def found(pattern: re.Pattern[str], paths: list[Path], allowed: set[str]) -> list[str]:
    return [
        f"{name(path)}:{number}: {line.strip()}"
        for path in paths
        if name(path) not in allowed
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
