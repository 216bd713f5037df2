"""The names of columns and the words of sources that are known, and what they mean: words.toml."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from config.source_maps.proposal import MANY, Meaning

FILE = Path(__file__).with_name("words.toml")
IN_BRACKETS = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
NO_LETTER = re.compile(r"[^0-9a-z#\u3400-\u9fff]+")
ORDINALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
ORDINAL = re.compile(r"第?([一二三四五])(?=$|[^级日天次])")
LEAST_OF_NAME = 0.5  # of a name, that a known word inside it takes
SHORTEST_CHINESE, SHORTEST = 2, 4  # characters of a word with which a name ends


class Known(NamedTuple):
    """What a name of a column can mean. `number`: which of several parts, 0 where the name says none. `kind`:
    of a callback, or "any". `rank`: the lower, the more usual. `is_exact`: it is the whole name."""

    part: str
    field: str
    number: int
    kind: str
    rank: int
    is_exact: bool


@cache
def words() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))


def plain(name: str) -> str:
    """Of a name: letters and digits alone, without what stands in brackets."""
    flat = unicodedata.normalize("NFKC", name).lower()
    return NO_LETTER.sub("", IN_BRACKETS.sub("", flat)) or NO_LETTER.sub("", flat)


def in_brackets(name: str) -> str:
    return "".join(IN_BRACKETS.findall(unicodedata.normalize("NFKC", name)))


@cache
def names() -> dict[str, list[Known]]:
    """By plain name."""
    found: dict[str, list[Known]] = {}
    for name, known in [*_single(), *_grouped()]:
        found.setdefault(plain(name), []).append(known)
    return found


def _single() -> Iterator[tuple[str, Known]]:
    for part, fields in words()["names"].items():
        for field, listed in fields.items():
            for rank, name in enumerate(listed):
                yield name, Known(part, field, 0, "", rank, True)


def _grouped() -> Iterator[tuple[str, Known]]:
    for group in words()["groups"]:
        part, kind = group["part"], group.get("kind", "")
        for field, listed in group.get("names", {}).items():
            for rank, name in enumerate(listed):
                yield name, Known(part, field, 0, kind, rank, True)
        for field, endings in group["fields"].items():
            for rank, (prefix, ending) in enumerate((a, b) for a in group["prefixes"] for b in endings):
                yield prefix + " " + ending, Known(part, field, 0, kind, rank, True)


@lru_cache(maxsize=4096)
def known(name: str) -> tuple[Known, ...]:
    """What a column of this name can be, the likeliest first."""
    flat = plain(name)
    exact = list(names().get(flat, ()))
    exact += [one for one in _numbered(flat) if one not in exact]
    return tuple(exact) or tuple(_inside(flat))


def _numbered(flat: str) -> list[Known]:
    """Names of parts of which there may be several, without the number in them."""
    for pattern, number_of in ((re.compile(r"\d+"), int), (ORDINAL, _ordinal)):
        numbers = pattern.findall(flat)
        if len(numbers) != 1:
            continue
        without, number = pattern.sub("", flat), number_of(numbers[0])
        found = [_with_number(one, number) for one in names().get(without, ()) if one.part in MANY]
        if found:
            return found
    return []


def _ordinal(text: str) -> int:
    return ORDINALS[text]


def _with_number(one: Known, number: int) -> Known:
    if one.field.startswith("scores."):
        return one._replace(field=f"scores.{number}")
    return one._replace(number=number)


def _inside(flat: str) -> list[Known]:
    """The longest known word with which the name ends, where it makes up most of it: what stands before only
    says which."""
    fitting = [
        word
        for word in names()
        if flat.endswith(word)
        and len(word) >= (SHORTEST if word.isascii() else SHORTEST_CHINESE)
        and len(word) >= len(flat) * LEAST_OF_NAME
    ]
    if not fitting:
        return []
    return [one._replace(is_exact=False) for one in names()[max(fitting, key=len)]]


@cache
def _meanings() -> dict[str, dict[str, str]]:
    """Kind of field → plain word → ours."""
    return {
        meaning: {plain_word(word): ours for ours, listed in listing.items() for word in listed}
        for meaning, listing in words()["values"].items()
    }


def plain_word(word: str) -> str:
    return re.sub(r"[\s_\-()·/]+", "", unicodedata.normalize("NFKC", word).lower())


@lru_cache(maxsize=16_384)
def meant(meaning: Meaning, word: str) -> tuple[str, bool] | None:
    """Our word for one of a source, and whether that is certain."""
    listed, flat = _meanings()[meaning], plain_word(word)
    if flat in listed:
        return listed[flat], True
    numbered = re.fullmatch(r"\d+[.:]?([^\d].*)", flat)  # such as "1 - Critical"
    if numbered and numbered[1] in listed:
        return listed[numbered[1]], False
    inside = [one for one in listed if len(one) >= SHORTEST_CHINESE and one in flat and not one.isdecimal()]
    inside = [one for one in inside if not one.isascii() or len(one) >= SHORTEST]
    if not inside:
        return None
    return listed[max(inside, key=len)], False


def meanings() -> tuple[str, ...]:
    return tuple(_meanings())


def is_personal(name: str) -> bool:
    """Whether a column of this name holds what belongs to a person, as far as its name tells."""
    listed, flat = words()["personal"], plain(name)
    if flat in {plain(one) for one in listed["names"]}:
        return True
    return any(flat.endswith(plain(one)) for one in listed["endings"])


def null_words() -> frozenset[str]:
    return frozenset(words()["nulls"]["words"])
