"""Signals of a complaint's text (F14, N3): key issue, sentiment, and words that propose tier 1. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import copysign, sqrt
from typing import Any

from config.lexicon import Lexicon
from queries.texts.words import BREAK, Match, Phrases, clause_start, words

METHOD = "1"  # increased when the same lexicon reads the same text differently
REACH = 3  # words, the range of a negation or an intensifier
NEGATED = -0.6  # "not good" is less bad than "bad"
SOFTNESS = 4.0  # one word of weight 2 gives 0.71
MOST_TRIGGERS = 8
LONGEST_WORD = 60  # a stem matches any ending


@dataclass(frozen=True, slots=True)
class Trigger:
    group: str
    word: str  # the phrase of the lexicon as found in the text


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
    """Title and body; a title that the body repeats is left out."""
    title, body = title or "", body or ""
    return body if body.startswith(title) else f"{title}\n{body}"


def read(text: str, lexicon: Lexicon) -> Signals:
    tokens = words(text)
    if all(word == BREAK for word in tokens):
        return NOTHING
    index = _index(lexicon)
    triggers = _triggers(index, tokens)
    return Signals(_issue(index, tokens), _sentiment(index, tokens, bool(triggers)), triggers)


@dataclass(frozen=True, slots=True)
class _LexiconIndex:
    issues: Phrases[tuple[str, int]]  # code, points
    feelings: Phrases[float]
    triggers: Phrases[str]  # group; "" for a phrase without meaning
    negations: frozenset[str]
    barriers: frozenset[str]
    intensifiers: dict[str, float]


@lru_cache(4)
def _index_of(by_version: "_ByVersion") -> _LexiconIndex:
    lexicon = by_version.lexicon
    feeling = lexicon.sentiment
    return _LexiconIndex(
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
    """A lexicon compared by its version, so that looking up its index is cheap."""

    lexicon: Lexicon

    def __hash__(self) -> int:
        return hash(self.lexicon.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByVersion) and other.lexicon.version == self.lexicon.version


def _index(lexicon: Lexicon) -> _LexiconIndex:
    return _index_of(_ByVersion(lexicon))


def _issue(index: _LexiconIndex, tokens: list[str]) -> str | None:
    """Most points; between equals the first that is mentioned."""
    points: dict[str, int] = defaultdict(int)
    seen: set[str] = set()
    for match in index.issues.find(tokens):
        if match.phrase in seen:
            continue
        seen.add(match.phrase)
        for code, many in match.meanings:
            points[code] += many
    return max(points, key=points.__getitem__) if points else None


def _sentiment(index: _LexiconIndex, tokens: list[str], is_triggered: bool) -> float:
    """Words that propose tier 1 count as negative too."""
    total = -2.0 if is_triggered else 0.0
    seen: set[tuple[str, float]] = set()
    for match in index.feelings.find(tokens):
        weight = match.meanings[0] * _polarity(index, tokens, match) * _strength(index, tokens, match)
        if (match.phrase, copysign(1, weight)) not in seen:
            seen.add((match.phrase, copysign(1, weight)))
            total += weight
    return total / sqrt(total * total + SOFTNESS)


def _before(index: _LexiconIndex, tokens: list[str], match: Match[Any]) -> Iterator[str]:
    """Backwards from the match, as far as a negation reaches."""
    for at in range(match.start - 1, clause_start(tokens, match.start, REACH) - 1, -1):
        if tokens[at] in index.barriers:
            return
        yield tokens[at]


def _is_negated(index: _LexiconIndex, tokens: list[str], match: Match[Any]) -> bool:
    return sum(word in index.negations for word in _before(index, tokens, match)) % 2 == 1


def _polarity(index: _LexiconIndex, tokens: list[str], match: Match[Any]) -> float:
    return NEGATED if _is_negated(index, tokens, match) else 1.0


def _strength(index: _LexiconIndex, tokens: list[str], match: Match[Any]) -> float:
    return max(
        (index.intensifiers[word] for word in _before(index, tokens, match) if word in index.intensifiers),
        default=1.0,
    )


def _triggers(index: _LexiconIndex, tokens: list[str]) -> tuple[Trigger, ...]:
    """In the order of the text, each word once."""
    found: dict[Trigger, None] = {}
    for match in index.triggers.find(tokens):
        group = match.meanings[0]
        if group and not _is_negated(index, tokens, match):
            found.setdefault(Trigger(group, match.phrase[:LONGEST_WORD]))
    return tuple(found)[:MOST_TRIGGERS]
