"""The one error of all outlets."""


class SendError(Exception):
    """`permanent`: trying again cannot help. `retry_after`: seconds that the receiver asked for."""

    def __init__(self, message: str, permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
