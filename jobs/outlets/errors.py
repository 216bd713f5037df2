"""The one error of all outlets."""

from datetime import datetime


class SendError(Exception):
    """`permanent`: trying again by itself cannot help. `retry_after`: the seconds or the instant that the
    receiver asked for, of any size."""

    def __init__(
        self, message: str, permanent: bool = False, retry_after: float | datetime | None = None
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
