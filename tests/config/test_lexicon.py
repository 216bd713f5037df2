"""The lexicon that comes with the board is right, and mistakes are named by key."""

from pathlib import Path

import pytest

from config import lexicon
from config.lexicon import LexiconError

SMALL = """
format = 1
issues = [{code = "speed", label = "Slow", label_zh = "慢", strong = ["slow"]}]
triggers = [{code = "safety", label = "Safety", label_zh = "安全", words = ["fire"]}]
[sentiment]
words = [{weight = -2, words = ["bad"]}]
negations = {words = ["not"]}
barriers = {words = ["but"]}
"""


def problems(text: str) -> str:
    with pytest.raises(LexiconError) as caught:
        lexicon.parse(text)
    return str(caught.value)


def test_the_lexicon_of_the_board_is_read() -> None:
    found = lexicon.load()
    assert found.trigger_labels["safety"] == ("Safety hazard", "安全隐患")
    assert {one.code for one in found.triggers} == {"safety", "regulator", "emotion"}


def test_the_version_follows_the_words_and_not_the_comments() -> None:
    first = lexicon.parse(SMALL)
    assert lexicon.parse("# a remark\n" + SMALL).version == first.version
    assert lexicon.parse(SMALL.replace("fire", "smoke")).version != first.version


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"slow"', '"sl*ow"', "issues.speed.strong.0: 'sl*ow': a word has no space"),
        ('["slow"]', '["slow", "Slow"]', "'Slow' stands in 'speed' and in 'speed'; keep one"),
        ("-2", "-9", "sentiment.words.0.weight: -9 should be greater"),
        ('words = ["fire"]', 'worlds = ["fire"]', "triggers.safety.worlds: is no key of a lexicon"),
        (', words = ["fire"]', "", "triggers.safety.words: is missing"),
        ("format = 1", "format = ", "syntax"),
    ],
)
def test_a_mistake_is_named_by_its_key(before: str, after: str, said: str) -> None:
    assert said in problems(SMALL.replace(before, after))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="cannot be read"):
        lexicon.load(tmp_path / "none.toml")
