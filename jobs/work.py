"""What a job is, and what it is given."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Work:
    """What a job is given. `progress` tells the watchdog that it lives."""

    engine: Engine
    settings: Settings
    process: str
    now: datetime
    progress: Callable[[], None]
    next_runs: Callable[[], dict[str, float]]  # by job, in how many seconds
    stop: threading.Event = field(default_factory=threading.Event)  # a job that goes on ends after its batch


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    title_en: str
    title_zh: str
    every: float  # seconds
    run: Callable[[Work], int]  # → rows worked on
    records_idle: bool = False  # a run that had nothing to do is written down too
