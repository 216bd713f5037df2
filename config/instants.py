"""The supported range of instants: outside it a date is refused on intake, and shown as the bound if a
database holds it."""

from datetime import UTC, date, datetime, tzinfo

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # a spreadsheet's empty date is 1900
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
YEARS = "the years 1970 to 2199"


def is_believed(at: datetime) -> bool:
    return EARLIEST <= at < LATEST


def bounded(at: datetime) -> datetime:
    """In UTC where it is moved, as other zones may not reach the years 1 and 9999."""
    return min(max(at, EARLIEST), LATEST)


def is_believed_day(day: date) -> bool:
    return EARLIEST.year <= day.year < LATEST.year


def from_text(text: str, zone: tzinfo | None = None) -> datetime | None:
    """ISO 8601. None if it is not one, is out of range, or has no offset and no zone is given for it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    return at if at.tzinfo and is_believed(at) else None
