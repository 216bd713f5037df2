"""Samples of a column without what belongs to a person."""

import re

from config.source_maps.proposal import Kind

WHOLE: frozenset[Kind] = frozenset({"instant", "day", "time", "length", "yes_no"})
SHOWN = 2  # characters of a text or a number
LONGEST = 20  # characters of a word that is shown whole
LONG_NUMBER = re.compile(r"\d{7,}|@|\d{3,4}[- ]\d{4}")  # a telephone, an identity card, an address of mail
PHONE_BEGIN, PHONE_END = 3, 4


def masked(text: str, kind: Kind, is_personal: bool) -> str:
    text = " ".join(text.split())
    if kind in WHOLE or not text:
        return text
    if kind == "phone":
        return _phone(text)
    if kind == "name":
        return _name(text)
    if kind == "number" and not is_personal and not LONG_NUMBER.search(text):
        return text
    if kind == "choice" and not is_personal and may_be_shown(text):
        return text
    if kind == "id" and len(text) > SHOWN * 4 and not is_personal:
        return f"{text[:SHOWN]}…{text[-SHOWN:]}"
    return _beginning(text)


def may_be_shown(word: str) -> bool:
    """Whether a word of a column with few can be shown: none that holds a number of a person."""
    return len(word) <= LONGEST * 2 and not LONG_NUMBER.search(word)


def _phone(text: str) -> str:
    digits = [one for one in text if one.isdecimal()]
    if len(digits) < PHONE_BEGIN + PHONE_END + 2:
        return text[:SHOWN] + "***"
    return "".join(digits[:PHONE_BEGIN]) + "****" + "".join(digits[-PHONE_END:])


def _name(text: str) -> str:
    return text[0] + "**"


def _beginning(text: str) -> str:
    shown = SHOWN if len(text) > SHOWN else 1
    return text[:shown] + "…"
