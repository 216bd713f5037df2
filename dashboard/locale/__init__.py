"""Texts in English and Simplified Chinese. English is in the code; `zh_CN/LC_MESSAGES/*.po` hold the rest.

The .po files are read as they are, one per page, so that a fresh clone needs no compile step.
"""

import ast
from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: dict[Language, str] = {"en": "English", "zh": "简体中文"}
CATALOGUES: dict[Language, Path] = {"zh": Path(__file__).parent / "zh_CN" / "LC_MESSAGES"}

_language: ContextVar[Language] = ContextVar("language", default="en")


def use(language: Language) -> None:
    """For this thread's run of the page; a fragment calls it again."""
    _language.set(language)


def language() -> Language:
    return _language.get()


def choose(asked: str | None, browser: str | None) -> Language:
    """`?lang=` wins over the browser's language; everything unknown is English."""
    return "zh" if (asked or browser or "").lower().startswith("zh") else "en"


def _(message: str) -> str:
    return catalogue(language()).get(message, message)


def ngettext(one: str, many: str, n: int) -> str:
    """`many` names the message in the catalogue as msgid_plural; Chinese has one form."""
    plain = one if n == 1 else many
    return catalogue(language()).get(one, plain) if language() != "en" else plain


@cache
def catalogue(language: Language) -> dict[str, str]:
    folder = CATALOGUES.get(language)
    if folder is None:
        return {}
    return {
        source: text
        for file in sorted(folder.glob("*.po"))
        for source, text in entries(file.read_text("utf-8"))
        if source and text
    }


def entries(po: str) -> Iterator[tuple[str, str]]:
    """(msgid, msgstr) of each entry that is not fuzzy; of a plural, msgid and msgstr[0]."""
    for block in po.split("\n\n"):
        parts: dict[str, str] = {}
        keyword = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if not line.startswith('"'):
                keyword, _space, line = line.partition(" ")
            if line:
                parts[keyword] = parts.get(keyword, "") + str(ast.literal_eval(line))
        if "msgid" in parts and "#, fuzzy" not in block:
            yield parts["msgid"], parts.get("msgstr", parts.get("msgstr[0]", ""))
