"""Telephone numbers: one way of writing for each, and the keyed hashes by which they are found."""

import hmac
import re
import unicodedata

ROUNDED = "a spreadsheet has rounded this number"
NO_NUMBER = "is no telephone number"
# As a spreadsheet (2.02611E+17) or a program (2.02611E17, 202611270000000000.0) writes a number that it keeps
# in 53 bits; 1E5 or 12E3 may be a number of somebody's own.
IN_E = re.compile(r"[+-]?\d+(?:[.,]\d*)?[eE]\+\d{1,3}|[+-]?\d[.,]\d+[eE]\d{1,3}")
EXTENSION = "转"
_AND = "和"
_WORDS = "|".join(("转分机", "转", "分机号", "分机", r"ext\.?", "x", "#"))  # before an extension
_BETWEEN = re.compile(rf"[/;,、|\n]|(?<=\d{{7}})\s{{2,}}(?=[\d+()-]{{7}})|\s{_AND}\s")
_EXTENSION = re.compile(rf"(?:{_WORDS})[:.]?(\d{{1,6}})", re.IGNORECASE)
_LIKE_A_NUMBER = re.compile(rf"[\d\s()+/.‐‑–—-]{{5,30}}(?:(?:{_WORDS})[\w\s.:]{{1,12}})?", re.IGNORECASE)
_HYPHENED = re.compile(r"(\(?0\d{2,3}\)?[-‐‑–—]?\d{7,8})[-‐‑–—](\d{1,6})")  # 010-88888888-801
_SIGNS = re.compile(r"[-()._‐‑–—]")
_WITHOUT_AREA = ("400", "800")  # numbers of ten digits that are dialled without a 0


def phones(text: str) -> tuple[list[str], str | None]:
    """Each number in one way of writing, a landline with its area code, without the code of China; or why it
    is none."""
    flat = unicodedata.normalize("NFKC", text)
    found: list[str] = []
    for part in _BETWEEN.split(flat):
        if not part.strip():
            continue
        number, why = _phone(part)
        if why:
            return [], why
        if number not in found:
            found.append(number)
    return (found, None) if found else ([], NO_NUMBER)


def is_like_a_number(text: str) -> bool:
    """Whether somebody who searches may mean a telephone number."""
    return _LIKE_A_NUMBER.fullmatch(unicodedata.normalize("NFKC", text)) is not None


def phone_hashes(text: str | None, key: bytes) -> str | None:
    """Of each number, with blanks between; one with an extension has a second hash, without it."""
    found = dict.fromkeys(
        _hash(one, key) for number in _known(text) for one in (number, number.partition(EXTENSION)[0]) if one
    )
    return " ".join(found) if found and key else None


def phone_hash(text: str | None, key: bytes) -> str | None:
    """Of one number to be searched for, the same however it is written. None without a key."""
    number = next(iter(_known(text)), "")
    return _hash(number, key) if number and key else None


def _known(text: str | None) -> list[str]:
    """What cannot be read as a number is known by its digits."""
    found, why = phones(text or "")
    digits = "".join(filter(str.isdecimal, text or ""))
    return found if not why else [digits] if digits else []


def _hash(number: str, key: bytes) -> str:
    return hmac.digest(key, number.removeprefix("+").encode(), "sha256").hex()


def _phone(part: str) -> tuple[str, str | None]:
    flat = "".join(part.split())
    if IN_E.fullmatch(flat):
        return "", ROUNDED
    flat = re.sub(r"(?<=\d{7})[.]0+$", "", flat.removeprefix("tel:"))
    flat = _HYPHENED.sub(rf"\1{EXTENSION}\2", flat) if _HYPHENED.fullmatch(flat) else flat
    extension = _EXTENSION.search(flat)
    if extension and extension.end() == len(flat) and extension.start() >= 3:
        number, why = _phone(flat[: extension.start()])
        return f"{number}{EXTENSION}{extension[1]}" if not why else "", why
    digits = _SIGNS.sub("", flat)
    international = digits.startswith(("+", "00"))
    digits = digits.removeprefix("+").removeprefix("00")
    if "*" in digits:
        return "", "is masked"
    if not digits.isdecimal() or not 3 <= len(digits) <= 18:
        return "", NO_NUMBER
    if digits.startswith("86") and (international or len(digits) in (12, 13)):
        return _of_china(digits[2:]), None
    return ("+" + digits if international else digits), None


def _of_china(digits: str) -> str:
    """Without 86, as it is dialled within the country."""
    is_mobile = len(digits) == 11 and digits.startswith("1")
    is_landline = len(digits) in (10, 11) and not is_mobile and not digits.startswith(("0", *_WITHOUT_AREA))
    return "0" + digits if is_landline else digits
