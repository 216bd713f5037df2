"""Texts in English and Simplified Chinese. English is in the code; `zh_CN/LC_MESSAGES/*.po` hold the rest.

The .po files are read as they are, one per page, so that a fresh clone needs no compile step. One English
word that is two in Chinese gets a context: `pgettext("filter", "From")`.
"""

import io
from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Literal

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Language = Literal["en", "zh"]
LANGUAGES: dict[Language, str] = {"en": "English", "zh": "简体中文"}
CATALOGUES: dict[Language, Path] = {"zh": Path(__file__).parent / "zh_CN" / "LC_MESSAGES"}

_language: ContextVar[Language] = ContextVar("language", default="en")


def use(language: Language) -> None:
    """For this thread's run of the page; a fragment calls it again."""
    _language.set(language)


def language() -> Language:
    return _language.get()


def choose(requested: str | None, browser: str | None) -> Language:
    """`?lang=` wins over the browser's language; everything unknown is English."""
    return "zh" if (requested or browser or "").lower().startswith("zh") else "en"


def _(message: str) -> str:
    return catalogue(language()).gettext(message)


def pgettext(context: str, message: str) -> str:
    return catalogue(language()).pgettext(context, message)


def ngettext(one: str, many: str, n: int) -> str:
    """`many` names the message in the catalogue as msgid_plural; Chinese has one form."""
    return catalogue(language()).ngettext(one, many, n)


@cache
def catalogue(language: Language) -> NullTranslations:
    folder = CATALOGUES.get(language)
    if folder is None:
        return NullTranslations()
    return compiled(message for file in sorted(folder.glob("*.po")) for message in messages(file))


def messages(file: Path) -> Iterator[Message]:
    """Without the header; raises PoFileError where the file is malformed."""
    with file.open("rb") as lines:
        return (one for one in list(read_po(lines, locale=file.parts[-3], abort_invalid=True)) if one.id)


def compiled(messages: Iterator[Message]) -> NullTranslations:
    """Fuzzy and empty ones stay English."""
    merged, mo = Catalog(locale="zh_CN"), io.BytesIO()
    for one in messages:
        merged[one.id] = one
    write_mo(mo, merged)
    mo.seek(0)
    return GNUTranslations(mo)
