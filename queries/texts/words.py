"""Words of a text, and phrases found among them: pure, bounded, never failing on hostile text."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, reduce
from typing import Any, Generic, TypeVar

import jieba

T = TypeVar("T")

HEAD, TAIL = 3_000, 1_000  # characters read of a long text: threats often stand at its end
BREAK = "."  # ends a clause
_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff"
# Written between letters to hide a word: controls, zero-width, variation selectors, combining marks.
_HIDING = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"))
_BETWEEN_CHINESE = re.compile(rf"(?<=[{_CHINESE}])[ \t\u3000]+(?=[{_CHINESE}])")
_PIECES = re.compile(rf"[{_CHINESE}]+|[a-z0-9][a-z0-9'&-]*|[^\s{_CHINESE}a-z0-9]|\n")
_IN_CLAUSE = frozenset("\"'“”‘’()（）[]【】*_~·&/%$#@-—、《》<>+=")


def plain(text: str) -> str:
    """Bounded; full width as half width, small letters, nothing invisible, no blanks in Chinese."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n{text[-TAIL:]}"
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")[: 2 * (HEAD + TAIL)]
    shown = "".join(
        one for one in folded if one in "\n\t" or unicodedata.category(one) not in _HIDING
    )  # fmt: skip
    return _BETWEEN_CHINESE.sub("", shown)


def words(text: str) -> list[str]:
    """In order, with BREAK between clauses; Chinese by dictionary, without guessing at unknown words."""
    found: list[str] = []
    for piece in _PIECES.findall(plain(text)):
        if piece[0] > "\u33ff" and re.match(rf"[{_CHINESE}]", piece):
            found += _tokenizer().cut(piece, HMM=False)
        elif piece[0].isascii() and piece[0].isalnum():
            found.append(piece.rstrip("'&-"))
        elif piece not in _IN_CLAUSE and (not found or found[-1] != BREAK):
            found.append(BREAK)
    return found


@cache
def _tokenizer() -> Any:
    """Takes about a second, once a process. Built here because jieba itself trusts a file in the shared
    /tmp."""
    made = jieba.Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made


def joined(left: str, right: str) -> str:
    """As a phrase is written: blanks between English words only."""
    return f"{left} {right}" if left[-1].isascii() and right[0].isascii() else left + right


def _phrase(written: str) -> str:
    """As its words appear in a text, without the signs that are skipped there."""
    pieces = [one for one in _PIECES.findall(plain(written)) if one not in _IN_CLAUSE]
    return reduce(joined, pieces) if pieces else ""


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """words[start:end] are the phrase."""

    start: int
    end: int
    phrase: str
    meanings: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class Phrases(Generic[T]):
    """Finds phrases that begin and end at the borders of words; the longest one at each place."""

    exact: dict[str, list[T]] = field(default_factory=dict)
    stems: dict[str, list[T]] = field(default_factory=dict)  # written with * at their end
    beginnings: set[str] = field(default_factory=set)

    @staticmethod
    def of(listed: Iterable[tuple[str, T]]) -> "Phrases[T]":
        made: Phrases[T] = Phrases()
        for word, meaning in listed:
            phrase = _phrase(word.removesuffix("*"))
            (made.stems if word.endswith("*") else made.exact).setdefault(phrase, []).append(meaning)
            made.beginnings.update(phrase[:n] for n in range(1, len(phrase)))
        return made

    def find(self, among: list[str]) -> Iterator[Match[T]]:
        at = 0
        while at < len(among):
            match = self._longest(among, at)
            if match is not None:
                yield match
            at = match.end if match is not None else at + 1

    def _longest(self, among: list[str], start: int) -> Match[T] | None:
        found, so_far = None, ""
        for end in range(start, len(among)):
            if among[end] == BREAK:
                break
            before, so_far = so_far, joined(so_far, among[end]) if so_far else among[end]
            meanings = self.exact.get(so_far) or self._by_stem(so_far, len(before))
            if meanings:
                found = Match(start, end + 1, so_far, tuple(meanings))
            if so_far not in self.beginnings:
                break
        return found

    def _by_stem(self, phrase: str, before: int) -> list[T] | None:
        """The longest stem that ends within the last word."""
        for end in range(len(phrase), max(before, 1), -1):
            if phrase[:end] in self.stems:
                return self.stems[phrase[:end]]
        return None


def clause_start(among: list[str], at: int, reach: int) -> int:
    """The first of at most `reach` words before `at` in the same clause."""
    low = max(0, at - reach)
    breaks = [n for n in range(low, at) if among[n] == BREAK]
    return breaks[-1] + 1 if breaks else low
