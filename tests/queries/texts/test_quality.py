"""How well texts are read, against a person's labels. Sober floors: a list misses what it does not hold.

The first two Chinese files and their misses widened the lexicon. The third was labelled and measured once,
afterwards (since then only the ministry's full name was added): so well are texts read that nobody has seen.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from config import lexicon
from queries.texts import signals

DATA = Path(__file__).parents[2] / "data"
LEXICON = lexicon.load()
CLEAR = 0.25  # a sentiment nearer to 0 is neutral


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares of texts; precision and recall of "a word proposes tier 1"."""

    texts: int
    issue: float
    sentiment: float
    precision: float
    recall: float


def feeling(value: float | None) -> str:
    if value is None or abs(value) < CLEAR:
        return "neutral"
    return "negative" if value < 0 else "positive"


def labelled(*names: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for name in names:
        with (DATA / name).open(encoding="utf-8", newline="") as file:
            found += csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    return found


def measure(rows: list[dict[str, str]]) -> Quality:
    read = [signals.read(row["text"], LEXICON) for row in rows]
    pairs = list(zip(rows, read, strict=True))
    wanted = {n for n, row in enumerate(rows) if row.get("trigger")}
    proposed = {n for n, one in enumerate(read) if one.triggers}
    return Quality(
        texts=len(rows),
        issue=sum((one.key_issue or "") == row["key_issue"] for row, one in pairs) / len(rows),
        sentiment=sum(feeling(one.sentiment) == row["sentiment"] for row, one in pairs) / len(rows),
        precision=len(wanted & proposed) / len(proposed) if proposed else 1.0,
        recall=len(wanted & proposed) / len(wanted) if wanted else 1.0,
    )


def above(found: Quality, floor: Quality) -> None:
    print(found)  # noqa: T201 - shown by `pytest -s`
    assert found.texts == floor.texts
    for name in ("issue", "sentiment", "precision", "recall"):
        assert getattr(found, name) >= getattr(floor, name), name


def test_chinese_complaints_that_the_lexicon_was_widened_by() -> None:
    found = measure(labelled("complaints_zh.tsv", "complaints_zh_fresh.tsv"))
    above(found, Quality(176, issue=0.82, sentiment=0.85, precision=0.95, recall=0.95))


def test_chinese_complaints_that_nobody_has_seen() -> None:
    found = measure(labelled("complaints_zh_third.tsv"))
    above(found, Quality(32, issue=0.55, sentiment=0.55, precision=0.55, recall=0.6))


@pytest.mark.parametrize(
    ("labels", "floor"),
    [
        ("comcast_labels.tsv", Quality(120, issue=0.9, sentiment=0.9, precision=0, recall=0)),
        ("comcast_labels_fresh.tsv", Quality(60, issue=0.75, sentiment=0.8, precision=0, recall=0)),
    ],
)
def test_real_english_complaints(labels: str, floor: Quality, real_data: Path) -> None:
    texts = comcast(real_data)
    above(measure([{**row, "text": texts[row["ticket"]]} for row in labelled(labels)]), floor)


def test_most_real_complaints_have_a_key_issue_and_hardly_any_proposes_tier_1(real_data: Path) -> None:
    """Titles only: of those that say no more than the company's name nothing can be read."""
    read = [signals.read(one, LEXICON) for one in comcast(real_data).values()]
    assert len(read) == 2224
    assert sum(one.key_issue is not None for one in read) / len(read) >= 0.65
    assert sum(bool(one.triggers) for one in read) / len(read) <= 0.01


def comcast(real_data: Path) -> dict[str, str]:
    with (real_data / "comcast_fcc_complaints.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["Ticket #"]: row["Customer Complaint"] for row in csv.DictReader(file)}
