"""Numbers of complaints, customers and requests, and lengths of time, as files have them."""

import re
import unicodedata
from datetime import timedelta

from queries.intake.phones import IN_E, ROUNDED

SUM_ROW = "is a sum row"
SPOILED = "is what a spreadsheet shows for an error"
_LONG_FLOAT = re.compile(r"\d{16,}[.]0+")
_SUSPECT = re.compile(r"[eE#.]")
_ERROR = re.compile(r"#{3,}|#(?:N/A|NAME\?|VALUE!|REF!|DIV/0!|NUM!|NULL!|SPILL!)", re.IGNORECASE)
_SUM = re.compile(
    r"(?:合计|总计|小计|共计|总数|汇总|本页合计|累计)(?:[::]?[\d,.]*(?:条|件|笔|行|单|个)?)"
    r"|(?:grandtotal|subtotal|total|totals|sum|summe|gesamt)[::]?[\d,.]*(?:rows|records)?",
    re.IGNORECASE,
)
_LENGTH = re.compile(r"\d{1,6}(?:[.]\d{1,6})?")
_WITH_UNITS = re.compile(
    r"(?:(?P<days>\d{1,5}(?:[.]\d+)?)(?:天|日|days?|d))?(?:(?P<hours>\d{1,6}(?:[.]\d+)?)(?:个?小时|时|hours?|h))?"
    r"(?:(?P<minutes>\d{1,6}(?:[.]\d+)?)(?:分钟?|minutes?|min|m))?(?:(?P<seconds>\d{1,6})(?:秒|s))?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?P<hours>\d{1,5}):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d))?")


def plain(text: str) -> str:
    """Full width as half width, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def spoiled(text: str) -> str | None:
    """Why a text cannot be the number of anything, if so."""
    if text.isdecimal() or (text.isascii() and not _SUSPECT.search(text)):
        return None
    flat = plain(text)
    if IN_E.fullmatch(flat) or _LONG_FLOAT.fullmatch(flat):
        return ROUNDED
    return SPOILED if _ERROR.fullmatch(flat) else None


def is_sum(text: str) -> bool:
    if text.isascii() and text[:1].isdigit():
        return False
    return len(text) <= 30 and _SUM.fullmatch(plain(text)) is not None


def length(text: str, unit: timedelta) -> timedelta | None:
    """48 (of `unit`), 1.5, 2天3小时, 90 min, 48:00:00. None: it is none of these."""
    flat = plain(text)
    if _LENGTH.fullmatch(flat):
        return timedelta(seconds=round(float(flat) * unit.total_seconds()))
    match = _CLOCK.fullmatch(flat) or _WITH_UNITS.fullmatch(flat)
    parts = {name: float(part) for name, part in match.groupdict().items() if part} if match else {}
    return timedelta(seconds=round(timedelta(**parts).total_seconds())) if parts else None
