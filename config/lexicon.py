"""The lexicon: words by which a complaint's text is read. Its types and loading; every mistake by key."""

from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from config.mistakes import Problem, WrongFile, key, message, read_text, read_toml

DEFAULT = Path(__file__).with_name("lexicon.toml")

Word = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^*\s]([^*]*[^*\s])?\*?$")]
Words = tuple[Word, ...]
Code = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]


class LexiconError(WrongFile):
    pass


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Issue(Entry):
    """`strong` words have two points, `words` one."""

    code: Code
    label: str
    label_zh: str
    strong: Words = ()
    words: Words = ()


class Weighted(Entry):
    weight: Annotated[float, Field(ge=-3, le=3)]
    words: Words


class Intensifier(Entry):
    factor: Annotated[float, Field(gt=0, le=3)]
    words: Words


class Listed(Entry):
    words: Words


class Sentiment(Entry):
    words: tuple[Weighted, ...]
    negations: Listed
    barriers: Listed
    intensifiers: tuple[Intensifier, ...] = ()


class Trigger(Entry):
    """A group of words that propose tier 1 (N3); `unless` are phrases in which they say nothing."""

    code: Code
    label: str
    label_zh: str
    words: Words
    unless: Words = ()


class Lexicon(Entry):
    format: Literal[1]
    issues: tuple[Issue, ...]
    sentiment: Sentiment
    triggers: tuple[Trigger, ...]

    @model_validator(mode="after")
    def _each_word_once(self) -> "Lexicon":
        kinds = {
            "issues": [(one.code, (*one.strong, *one.words)) for one in self.issues],
            "sentiment": [(f"weight {one.weight:g}", one.words) for one in self.sentiment.words],
            "triggers": [(one.code, (*one.words, *one.unless)) for one in self.triggers],
        }
        doubled = [doubles for kind, lists in kinds.items() for doubles in _doubled(kind, lists)]
        if doubled:
            raise ValueError("; ".join(doubled))
        for entries in (self.issues, self.triggers):
            codes = [one.code for one in entries]
            if len(set(codes)) < len(codes):
                raise ValueError(f"a code stands twice among {', '.join(codes)}; each has a code of its own")
        return self

    @cached_property
    def version(self) -> str:
        """Changes with the words, not with the comments."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:12]

    @cached_property
    def issue_labels(self) -> dict[str, tuple[str, str]]:
        """English and Chinese."""
        return {one.code: (one.label, one.label_zh) for one in self.issues}

    @cached_property
    def trigger_labels(self) -> dict[str, tuple[str, str]]:
        return {one.code: (one.label, one.label_zh) for one in self.triggers}


def _doubled(kind: str, lists: list[tuple[str, Words]]) -> list[str]:
    seen: dict[str, str] = {}
    doubles = []
    for name, words in lists:
        for word in words:
            if word.lower() in seen:
                doubles.append(f"{kind}: '{word}' stands in '{seen[word.lower()]}' and in '{name}'; keep one")
            seen[word.lower()] = name
    return doubles


def parse(text: str, name: str = "lexicon") -> Lexicon:
    raw = read_toml(text, name, LexiconError)
    try:
        return Lexicon.model_validate(raw)
    except ValidationError as error:
        raise LexiconError(name, [_problem(raw, dict(one)) for one in error.errors()]) from None


@cache
def load(path: Path = DEFAULT) -> Lexicon:
    return parse(read_text(path, LexiconError), str(path))


def _problem(raw: dict[str, Any], error: dict[str, Any]) -> Problem:
    return Problem(key(raw, error["loc"], "code") or "lexicon", _what(error))


def _what(error: dict[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "is no key of a lexicon; leave it out"
    if error["type"] == "missing":
        return "is missing; the lexicon that comes with the board shows how it is written"
    if error["type"] == "string_pattern_mismatch" and error["loc"][-1] != "code":
        return f"'{error['input']}': a word has no space at its ends, and * only as its last letter"
    return message(error)
