"""What every long-running command does first."""

from config.settings import Settings
from jobs.up import logs
from jobs.up.children import end_with_parent


def begin(settings: Settings) -> None:
    """Log lines with a time, and an end when `board up` is gone."""
    logs.begin(settings)
    if settings.supervised:
        end_with_parent()
