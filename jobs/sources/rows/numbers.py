"""Numbers of complaints, customers and requests, telephone numbers, lengths of time, as files have them."""

import re
import unicodedata
from datetime import timedelta

ROUNDED = "a spreadsheet has rounded this number"
SUM_ROW = "is a sum row"
SPOILED = "is what a spreadsheet shows for an error"
# As a spreadsheet (2.02611E+17) or a program (2.02611E17, 202611270000000000.0) writes a number that it keeps
# in 53 bits; 1E5 or 12E3 may be a number of somebody's own.
_IN_E = re.compile(r"[+-]?\d+(?:[.,]\d*)?[eE]\+\d{1,3}|[+-]?\d[.,]\d+[eE]\d{1,3}")
_LONG_FLOAT = re.compile(r"\d{16,}[.]0+")
_SUSPECT = re.compile(r"[eE#.]")
_ERROR = re.compile(r"#{3,}|#(?:N/A|NAME\?|VALUE!|REF!|DIV/0!|NUM!|NULL!|SPILL!)", re.IGNORECASE)
_SUM = re.compile(
    r"(?:合计|总计|小计|共计|总数|汇总|本页合计|累计)(?:[::]?[\d,.]*(?:条|件|笔|行|单|个)?)"
    r"|(?:grandtotal|subtotal|total|totals|sum|summe|gesamt)[::]?[\d,.]*(?:rows|records)?",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#)(\d{1,6})", re.IGNORECASE)
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
    if _IN_E.fullmatch(flat) or _LONG_FLOAT.fullmatch(flat):
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


def phones(text: str) -> tuple[list[str], str | None]:
    """Each number in one way of writing, without the code of China; or why it is none."""
    flat = unicodedata.normalize("NFKC", text)
    found = []
    for part in re.split(r"[/;,、|\n]|\s{2,}|\s和\s", flat):
        if not part.strip():
            continue
        number, why = _phone(part)
        if why:
            return [], why
        if number not in found:
            found.append(number)
    return (found, None) if found else ([], "is no telephone number")


def _phone(part: str) -> tuple[str, str | None]:
    flat = "".join(part.split())
    if _IN_E.fullmatch(flat):
        return "", ROUNDED
    flat = re.sub(r"(?<=\d{7})[.]0+$", "", flat.removeprefix("tel:"))
    extension = _EXTENSION.search(flat)
    if extension and extension.end() == len(flat) and extension.start() >= 3:
        number, why = _phone(flat[: extension.start()])
        return f"{number}转{extension[1]}" if not why else "", why
    digits = re.sub(r"[-()._‐‑–—]", "", flat)
    international = digits.startswith(("+", "00"))
    digits = digits.removeprefix("+").removeprefix("00")
    if "*" in digits:
        return "", "is masked"
    if not digits.isdecimal() or not 3 <= len(digits) <= 18:
        return "", "is no telephone number"
    if digits.startswith("86") and (international or len(digits) == 13) and len(digits) > 10:
        digits = digits[2:]
        is_landline = len(digits) == 10 or (len(digits) == 11 and digits[0] != "1")
        return ("0" + digits if is_landline and digits[0] != "0" else digits), None
    return ("+" + digits if international else digits), None
