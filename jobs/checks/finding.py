"""What a check of `board doctor` finds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from config.settings import Settings

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`do`: what to do in one sentence; empty where all is well."""

    name: str
    state: State
    found: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What checks look at. `now`: the board's clock; `here`: this machine's; `beside`: the database's own,
    read at the same moment as `here`."""

    conn: Connection
    settings: Settings
    now: datetime
    here: datetime
    beside: datetime


def ok(name: str, found: str) -> Finding:
    return Finding(name, "ok", found)


def warn(name: str, found: str, do: str) -> Finding:
    return Finding(name, "warn", found, do)


def fail(name: str, found: str, do: str) -> Finding:
    return Finding(name, "fail", found, do)


def span(seconds: float) -> str:
    """In the unit that fits."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
