"""Each form of a date as a parser of text, without strptime: a format becomes one regular expression."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.source_maps.dates import EPOCH, EPOCH_MS, EXCEL, EXCEL_1904, ISO

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PATTERNS = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d\d)",
    "m": r"(?P<m>\d\d?)",
    "d": r"(?P<d>\d\d?)",
    "H": r"(?P<H>\d\d?)",
    "I": r"(?P<I>\d\d?)",
    "M": r"(?P<M>\d\d?)",
    "S": r"(?P<S>\d\d?)",
    "p": r"(?P<p>[AaPp]\.?[Mm]\.?|上午|下午)",
    "b": r"(?P<b>[A-Za-z]{3})[a-z]*\.?",
    "a": r"(?:[A-Za-z]{3,9}\.?|(?:星期|周|礼拜)[一二三四五六日天])",
    "f": r"(?P<f>\d{1,9})",
    "z": r"(?P<z>Z|[+-]\d\d(?::?\d\d)?)",
    "Z": r"(?P<Z>[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+)*(?::\d\d)?)",
}
NUMBERS = "YymdHIMSf"
OF_A_TIME = "HIMSf"
FROM_UTC = re.compile(r"(?:UTC|GMT)(?:([+-])(\d\d?)(?::?(\d\d))?)?")
TWENTY_FOUR = re.compile(r"(.*[T ])24:?00(?::?00(?:\.0+)?)?(Z|[+-]\d\d(?::?\d\d)?)?")
LEAP_DAY_THAT_NEVER_WAS = 60  # 29 February 1900, which spreadsheets count
LAST_SERIAL = 2_958_466  # the day after 9999-12-31
EPOCHS, EPOCHS_MS = range(10**8, 10**10), range(10**10, 10**13)  # no number is several of serial, s and ms
DAY = timedelta(days=1)
FROM_1900, FROM_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - local


class Local(NamedTuple):
    """`at` without a zone is in that of the source."""

    at: datetime
    day_only: bool = False


Parse = Callable[[str], Local | None]


def parser(form: str) -> Parse:
    """None where the text does not fit the form, or names a date that does not exist."""
    return NAMED[form] if form in NAMED else _by_format(form)


def _by_format(form: str) -> Parse:
    parts = re.split(r"(%.)", form)
    matches = re.compile("".join(_pattern(parts, place) for place in range(len(parts)))).fullmatch
    day_only = not any(f"%{one}" in parts for one in OF_A_TIME)

    def parse(text: str) -> Local | None:
        match = matches(text)
        at = _made(match.groupdict()) if match else None
        return Local(at, day_only) if at else None

    return parse


def _pattern(parts: list[str], place: int) -> str:
    """Numbers without anything between them have two digits each."""
    part = parts[place]
    if not (place % 2):
        return re.escape(part)
    touching = any(
        0 < other < len(parts) and not parts[(place + other) // 2] and parts[other][1] in NUMBERS
        for other in (place - 2, place + 2)
    )
    pattern = PATTERNS[part[1]]
    return pattern.replace(r"\d\d?", r"\d\d") if touching else pattern


def _iso(text: str) -> Local | None:
    midnight = TWENTY_FOUR.fullmatch(text)
    try:
        at = datetime.fromisoformat(f"{midnight[1]}00:00{midnight[2] or ''}" if midnight else text)
        return Local(at + DAY if midnight else at, len(text) <= len("2026-11-20"))
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,15}(\.\d+)?", text) else None


def serial(number: float, exact: bool, first: datetime) -> datetime | None:
    """The local time of a spreadsheet's number of days. `exact`: to the millisecond, else to the second."""
    if not 0 <= number < LAST_SERIAL:
        return None
    if first == FROM_1900 and number < LEAP_DAY_THAT_NEVER_WAS + 1:
        if number >= LEAP_DAY_THAT_NEVER_WAS:
            return None
        number += 1
    unit = 86_400_000 if exact else 86_400
    return first + round(number * unit) * (DAY / unit)


def _excel(text: str) -> Local | None:
    return _serial(text, FROM_1900)


def _excel_1904(text: str) -> Local | None:
    return _serial(text, FROM_1904)


def _serial(text: str, first: datetime) -> Local | None:
    number = _number(text)
    at = None if number is None else serial(number, len(text.partition(".")[2]) > 6, first)
    return Local(at, not (number or 0) % 1) if at else None


def _epoch(text: str) -> Local | None:
    return _since_1970(text, 1, EPOCHS)


def _epoch_ms(text: str) -> Local | None:
    return _since_1970(text, 1000, EPOCHS_MS)


def _since_1970(text: str, of_a_second: int, among: range) -> Local | None:
    number = _number(text)
    if number is None or int(number) not in among:
        return None
    return Local(datetime.fromtimestamp(number / of_a_second, UTC))


NAMED: dict[str, Parse] = {
    ISO: _iso,
    EXCEL: _excel,
    EXCEL_1904: _excel_1904,
    EPOCH: _epoch,
    EPOCH_MS: _epoch_ms,
}


def _made(part: dict[str, str | None]) -> datetime | None:
    given = {name: text for name, text in part.items() if text is not None}
    try:
        hour = _hour(given)
        minute, second = (int(given.get(name, 0)) for name in "MS")
        if hour == 24 and (minute or second or int(given.get("f", 0))):
            return None
        at = datetime(
            _year(given),
            int(given["m"]) if "m" in given else MONTHS.index(given.get("b", "").lower()) + 1,
            int(given.get("d", 1)),
            hour % 24,
            minute,
            second,
            int(given.get("f", "0")[:6].ljust(6, "0")),
            _zone(given),
        )
        return at + DAY if hour == 24 else at
    except (ValueError, OverflowError):
        return None


def _year(part: dict[str, str]) -> int:
    """Two digits as strptime reads them: 69 to 99 are of the last century."""
    if "Y" in part:
        return int(part["Y"])
    year = int(part["y"]) if "y" in part else -1
    return year + (2000 if 0 <= year < 69 else 1900)


def _hour(part: dict[str, str]) -> int:
    """Java writes 0 where others write 12, and some write 下午 15:05."""
    late = part.get("p", "a")[0] in "Pp下"
    if "I" not in part:
        hour = int(part.get("H", 0))
        if hour > 24:
            raise ValueError
        if "p" in part and hour == 12:
            return 12 if late else 0
        return hour + 12 if late and hour < 12 else hour
    hour = int(part["I"])
    if hour > 12:
        raise ValueError
    return hour % 12 + (12 if late else 0)


def _zone(part: dict[str, str]) -> tzinfo | None:
    if "Z" in part:
        return _named_zone(part["Z"])
    text = part.get("z")
    if text is None:
        return None
    if text == "Z":
        return UTC
    return _offset(text[0], int(text[1:3]), int(text[3:].lstrip(":") or 0))


def _offset(sign: str, hours: int, minutes: int) -> timezone:
    length = timedelta(hours=hours, minutes=minutes)
    return timezone(length if sign == "+" else -length)


@lru_cache(maxsize=1024)
def _named_zone(name: str) -> tzinfo:
    """Only names that mean one zone: CST is China's, America's and Cuba's."""
    if name == "Z":
        return UTC
    match = FROM_UTC.fullmatch(name)
    if match:
        return _offset(match[1] or "+", int(match[2] or 0), int(match[3] or 0))
    if "/" not in name:
        raise ValueError
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError from None
