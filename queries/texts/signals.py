"""What a complaint's text says (F14, N3): key issue, sentiment, and words that propose tier 1. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import copysign, sqrt
from typing import Any

from config.lexicon import Lexicon
from queries.texts.words import BREAK, Match, Phrases, clause_start, words

METHOD = "1"  # raised when the same lexicon would read the same text otherwise
REACH = 3  # words over which a negation or an intensifier works
TURNED = -0.6  # "not good" is less bad than "bad"
SOFTNESS = 4.0  # one word of weight 2 gives 0.71
MOST_TRIGGERS = 8
LONGEST_WORD = 60  # a stem takes in any ending


@dataclass(frozen=True, slots=True)
class Trigger:
    group: str
    word: str  # as the lexicon's phrase stands in the text


@dataclass(frozen=True, slots=True)
class Signals:
    """`sentiment` is -1..1, 0 for none found; None where there is no text."""

    key_issue: str | None
    sentiment: float | None
    triggers: tuple[Trigger, ...]


NOTHING = Signals(None, None, ())


def version(lexicon: Lexicon) -> str:
    return f"{METHOD}-{lexicon.version}"


def full_text(title: str | None, body: str | None) -> str:
    """A body that repeats its title says it once."""
    title, body = title or "", body or ""
    return body if body.startswith(title) else f"{title}\n{body}"


def read(text: str, lexicon: Lexicon) -> Signals:
    said = words(text)
    if all(word == BREAK for word in said):
        return NOTHING
    books = _books(lexicon)
    triggers = _triggers(books, said)
    return Signals(_issue(books, said), _sentiment(books, said, bool(triggers)), triggers)


@dataclass(frozen=True, slots=True)
class _Books:
    issues: Phrases[tuple[str, int]]  # code, points
    feelings: Phrases[float]
    triggers: Phrases[str]  # group; "" where the phrase says nothing
    negations: frozenset[str]
    barriers: frozenset[str]
    intensifiers: dict[str, float]


@lru_cache(4)
def _books_of(held: "_ByVersion") -> _Books:
    lexicon = held.lexicon
    feeling = lexicon.sentiment
    return _Books(
        issues=Phrases.of(
            (word, (issue.code, points))
            for issue in lexicon.issues
            for points, listed in ((2, issue.strong), (1, issue.words))
            for word in listed
        ),
        feelings=Phrases.of((word, one.weight) for one in feeling.words for word in one.words),
        triggers=Phrases.of(
            (word, group)
            for one in lexicon.triggers
            for group, listed in ((one.code, one.words), ("", one.unless))
            for word in listed
        ),
        negations=frozenset(feeling.negations.words),
        barriers=frozenset(feeling.barriers.words),
        intensifiers={word: one.factor for one in feeling.intensifiers for word in one.words},
    )


@dataclass(frozen=True, slots=True)
class _ByVersion:
    """A lexicon compared by its version, so that looking its books up costs nothing."""

    lexicon: Lexicon

    def __hash__(self) -> int:
        return hash(self.lexicon.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByVersion) and other.lexicon.version == self.lexicon.version


def _books(lexicon: Lexicon) -> _Books:
    return _books_of(_ByVersion(lexicon))


def _issue(books: _Books, said: list[str]) -> str | None:
    """Most points; between equals the first that is mentioned."""
    points: dict[str, int] = defaultdict(int)
    seen: set[str] = set()
    for match in books.issues.find(said):
        if match.phrase in seen:
            continue
        seen.add(match.phrase)
        for code, many in match.meanings:
            points[code] += many
    return max(points, key=points.__getitem__) if points else None


def _sentiment(books: _Books, said: list[str], is_triggered: bool) -> float:
    """What proposes tier 1 is a bad word too."""
    total = -2.0 if is_triggered else 0.0
    seen: set[tuple[str, float]] = set()
    for match in books.feelings.find(said):
        weight = match.meanings[0] * _turned(books, said, match) * _strength(books, said, match)
        if (match.phrase, copysign(1, weight)) not in seen:
            seen.add((match.phrase, copysign(1, weight)))
            total += weight
    return total / sqrt(total * total + SOFTNESS)


def _before(books: _Books, said: list[str], match: Match[Any]) -> Iterator[str]:
    """Backwards from the match, as far as a negation reaches."""
    for at in range(match.start - 1, clause_start(said, match.start, REACH) - 1, -1):
        if said[at] in books.barriers:
            return
        yield said[at]


def _is_negated(books: _Books, said: list[str], match: Match[Any]) -> bool:
    return sum(word in books.negations for word in _before(books, said, match)) % 2 == 1


def _turned(books: _Books, said: list[str], match: Match[Any]) -> float:
    return TURNED if _is_negated(books, said, match) else 1.0


def _strength(books: _Books, said: list[str], match: Match[Any]) -> float:
    return max(
        (books.intensifiers[word] for word in _before(books, said, match) if word in books.intensifiers),
        default=1.0,
    )


def _triggers(books: _Books, said: list[str]) -> tuple[Trigger, ...]:
    """In the order of the text, each word once."""
    found: dict[Trigger, None] = {}
    for match in books.triggers.find(said):
        group = match.meanings[0]
        if group and not _is_negated(books, said, match):
            found.setdefault(Trigger(group, match.phrase[:LONGEST_WORD]))
    return tuple(found)[:MOST_TRIGGERS]
