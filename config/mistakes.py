"""Mistakes in a configuration file, each named by its key and with what would be right."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import UserError


@dataclass(frozen=True, slots=True)
class Problem:
    """Where in the file, and what is wrong and would be right."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class WrongFile(UserError):
    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(f"{name}: " + "; ".join(map(str, problems)))


def read_text(path: Path, wrong: type[WrongFile]) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise wrong(str(path), [Problem("file", f"cannot be read ({error.strerror})")]) from None
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 text (byte {error.start}); save it as UTF-8"
        raise wrong(str(path), [Problem("file", what)]) from None


def read_toml(text: str, name: str, wrong: type[WrongFile]) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise wrong(name, [Problem("syntax", str(error))]) from None


def key(raw: Any, path: Sequence[str | int], named: str) -> str:
    """Key of a value in `raw`; entries of a list by their value of `named`, else by their place."""
    words: list[str] = []
    here: Any = raw
    for step in path:
        if step == "[key]":
            continue
        inside = isinstance(here, dict) and step in here
        inside |= isinstance(here, list) and isinstance(step, int) and step < len(here)
        here = here[step] if inside else None
        is_named = isinstance(step, int) and isinstance(here, dict) and here.get(named)
        words.append(str(here[named] if is_named else step))
    return ".".join(words)


def message(error: dict[str, Any]) -> str:
    """From pydantic's, with the value if it does not contain it."""
    what = str(error["msg"]).removeprefix("Value error, ").replace("Input should", "should")
    return what if error["type"] == "value_error" else f"{error['input']!r} {what}"
