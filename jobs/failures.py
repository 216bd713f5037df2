"""What a job, a part of it or a delivery raised: caught in one place, described without data values."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from queries import db

T = TypeVar("T")
OURS = frozenset({"board", "config", "jobs", "queries"})


class Shown(Exception):
    """Its message is safe to show: it carries no values."""


class PartsFailed(Shown):
    """Some parts of a job failed and the others are done."""

    def __init__(self, parts: dict[str, "Failure"]) -> None:
        super().__init__("; ".join(f"{name}: {part.text}" for name, part in parts.items()))


@dataclass(frozen=True, slots=True)
class Failure:
    error: Exception

    @property
    def text(self) -> str:
        """Class, SQLSTATE and place. Never the message, which may carry values."""
        if isinstance(self.error, Shown):
            return str(self.error)
        place = _place(self.error)
        return db.describe(self.error) + (f" in {place}" if place else "")

    @property
    def trace(self) -> str:
        """For the log: as Python prints it, without the messages. Empty for database errors, whose class and
        SQLSTATE say enough."""
        if isinstance(self.error, (SQLAlchemyError, *db.LOST, Shown)):
            return ""
        chain: list[str] = []
        error: BaseException | None = self.error
        while error is not None:
            chain.insert(0, "".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
            error = error.__cause__ or error.__context__
        return "\n" + "\nwhich led to\n".join(chain)


def attempt(do: Callable[[], T]) -> T | Failure:
    """The one place that catches everything, so that one failure, foreseen or not, stops nothing else.

    Whoever calls it writes the failure down.
    """
    try:
        return do()
    except Exception as error:  # noqa: BLE001 - see above
        return Failure(error)


def _place(error: Exception) -> str:
    """Module and line of the innermost frame that is ours."""
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if _module(frame).split(".")[0] in OURS and _module(frame) != __name__:
            found = f"{_module(frame)}:{line}"
    return found


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))
