"""Chinese is written as docs/glossary.md says: on pages, in the policy, in alerts and by the simulator."""

import ast
import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from config import lexicon
from config.policy import DEFAULT, PolicyError, load, parse
from dashboard.controls import mistakes
from dashboard.controls.names import author, outlet, short_tier, source, tier
from dashboard.locale import CATALOGUES, messages, use
from jobs.outlets import OUTLETS
from jobs.scheduler import JOBS
from jobs.sources import simulator
from jobs.sources.simulated.organisation import CATEGORIES, operator
from queries.alerts import rules
from queries.indicators import INDICATORS

ROOT = Path(__file__).parents[1]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
ROOMS = ("config", "dashboard", "jobs", "queries")
HAN = r"[一-鿿]"
HALF_WIDTH = re.compile(rf"""{HAN}\s?[,;:!?()"']|[,;:!?()"']\s?{HAN}|{HAN}\.(?!\w)""")
SPACED = re.compile(rf"{HAN}\d|\d{HAN}|{HAN}\{{N\}}|\{{N\}}{HAN}")
NUMBERS = re.compile(r"\{(n|k|p|count|people|usual|total|of|expected|gain|many|few|low|high|came)(:[^}]*)?\}")
EVERYDAY = ("answer", "end", "open")  # verbs of everyday English, besides
# Commas part the names of cities; the organisation made of them is read instead. The others hold what files
# write, as patterns and as examples in English.
TABLES = {"cities.py", "numbers.py", "date_forms.py", "dates.py", "keys.py"}
TABLES |= {"subjects.py"}


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    use("zh")
    yield
    use("en")


def is_chinese(text: str) -> bool:
    return bool(re.search(HAN, text))


def catalogue() -> list[tuple[str, str]]:
    """English (of a plural the plural) and Chinese."""
    found = chain.from_iterable(map(messages, sorted(CATALOGUES["zh"].glob("*.po"))))
    last = [(one.id[-1] if isinstance(one.id, tuple | list) else one.id, one.string) for one in found]
    return [(str(en), zh if isinstance(zh, str) else zh[0]) for en, zh in last]


def code() -> Iterator[str]:
    """The Chinese that stands in the code; docstrings are English."""
    for file in chain.from_iterable((ROOT / room).rglob("*.py") for room in ROOMS):
        if file.name in TABLES:
            continue
        tree = ast.parse(file.read_text("utf-8"))
        prose = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
        for one in ast.walk(tree):
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in prose:
                yield one.value


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        yield from chain.from_iterable(map(strings, value.values() if isinstance(value, dict) else value))


def configured() -> Iterator[str]:
    for file in (ROOT / "config").rglob("*.toml"):
        yield from strings(tomllib.loads(file.read_text("utf-8")))


def demo() -> Iterator[str]:
    rows = operator().rows
    for one in (*rows.regions, *rows.departments, *rows.teams, *rows.agents):
        yield one.name_zh
    yield from (title for *_rest, title in CATEGORIES)


def without_placeholders(text: str) -> str:
    """A word stands where a placeholder or a quoted key stands; addresses are no prose."""
    return re.sub(r"\{[^{}]*\}|'[ -~]+?'", "字", re.sub(r"https?://\S+", "", text))


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("已超时,最长", True),
        ("一级(紧急)", True),
        ("{words}({group})已读", True),
        ("没有数据.", True),
        ("已超时，最长", False),
        ("一级（紧急）", False),
        ("Brier 分数 0.1, 0.2", False),
        ("于 12:30 到期", False),
    ],
)
def test_half_width_punctuation_beside_chinese_is_seen(text: str, is_wrong: bool) -> None:
    assert bool(HALF_WIDTH.search(without_placeholders(text))) == is_wrong


def test_no_half_width_punctuation_stands_beside_chinese() -> None:
    texts = filter(is_chinese, chain((zh for _en, zh in catalogue()), code(), configured(), demo()))
    assert [one for one in texts if HALF_WIDTH.search(without_placeholders(one))] == []


def test_numbers_stand_apart_from_chinese_and_percent_signs_do_not() -> None:
    ours = [target.term for target in load().targets] + [zh for _en, zh in load().labels.values()]
    texts = [zh for _en, zh in catalogue()] + [rule.title.zh for rule in rules.RULES] + ours
    texts += [zh for one in INDICATORS for zh in (one.name_zh, one.means_zh)]
    assert [one for one in texts if SPACED.search(NUMBERS.sub("{N}", one)) or " %" in one] == []


def test_a_share_of_a_whole_is_written_with_a_stroke() -> None:
    assert [zh for _en, zh in catalogue() if re.search(r"\{(n|total)\} \w? ?中(的)? ?\{[kn]\}", zh)] == []


def test_a_tier_has_one_form() -> None:
    forms = ["一级（紧急）", "二级（常规）", "三级（建议）"]
    assert [tier(n) for n in (1, 2, 3)] == [short_tier(n) for n in (1, 2, 3)] == forms
    texts = [zh for _en, zh in catalogue()] + [target.term for target in load().targets]
    assert [one for one in texts if re.search(r"[123] ?级|紧急（一级", one)] == []


def test_every_job_rule_outlet_source_and_author_has_its_chinese() -> None:
    words = [job.title_zh for job in JOBS]
    words += [rule.label.zh for rule in rules.RULES]
    words += [outlet(code) for code in OUTLETS]
    words += [source(simulator.NAME), author("board migrate")]
    assert [word for word in words if not is_chinese(word)] == []


def test_every_name_of_the_policy_and_the_lexicon_has_its_chinese() -> None:
    policy, words = load(), lexicon.load()
    names = [zh for _en, zh in policy.labels.values()]
    names += [calendar.label_zh for calendar in policy.calendars.values()]
    names += [shift.label_zh for shift in policy.shifts]
    names += [zh for _en, zh in (*words.issue_labels.values(), *words.trigger_labels.values())]
    assert [name for name in names if not is_chinese(name)] == []


def rows_of(section: str) -> list[list[str]]:
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def terms() -> dict[str, list[str]]:
    """English → Chinese words. Where a row has several terms, the Chinese ones stand in their order."""
    found: dict[str, list[str]] = {}
    for term, chinese, *_rest in rows_of(GLOSSARY.split("\n## ")[0])[2:]:
        english = term.split(", ")
        parts = chinese.split("、") if len(english) > 1 else [chinese]
        assert len(english) == len(parts), f"glossary: {term} | {chinese}"
        found |= {one: re.findall(rf"{HAN}+", part) for one, part in zip(english, parts, strict=True) if part}
    return found


def not_written() -> dict[str, str]:
    section = next(part for part in re.split(r"\n\n(?=\|)", GLOSSARY) if part.startswith("| not written"))
    return {wrong: right for wrong, right, *_rest in rows_of(section)[2:]}


def spelled(term: str) -> re.Pattern[str]:
    ends = rf"{term[:-1]}(y|ies)" if term.endswith("y") else rf"{term}(s|es)?"
    return re.compile(rf"\b{ends}\b", re.IGNORECASE)


def test_a_term_of_the_glossary_has_its_chinese_word_in_every_text() -> None:
    """Longer terms first: a breach risk is no breach."""
    known = {one: words for one, words in terms().items() if one not in EVERYDAY}
    wrong = []
    for english, chinese in (*catalogue(), *((one.name_en, one.name_zh) for one in INDICATORS)):
        left = re.sub(r"\{\w+\}", "", english)
        for term in sorted(known, key=len, reverse=True):
            if not spelled(term).search(left):
                continue
            left = spelled(term).sub("·", left)
            if not any(word in chinese for word in known[term]) and f"{{{term}}}" not in chinese:
                wrong.append((term, english, chinese))
    assert wrong == []


def test_no_second_word_for_a_term_is_written() -> None:
    wrong = not_written()
    assert wrong
    texts = chain(
        (zh for _en, zh in catalogue()),
        (zh for rule in rules.RULES for zh in (rule.label.zh, rule.title.zh)),
        (zh for one in INDICATORS for zh in (one.name_zh, one.means_zh)),
        (job.title_zh for job in JOBS),
    )
    assert [(word, one) for one in texts for word in wrong if word in one] == []


def test_the_glossary_has_the_chinese_of_every_term() -> None:
    assert [row[0] for row in rows_of(GLOSSARY.split("\n## ")[0])[2:] if not is_chinese(row[1])] == []


def sentences() -> Iterator[str]:
    """What config/ can say of a policy, a hole for each value. Quotes round a hole belong to the value."""
    for name in ("policy", "policy_values", "shifts", "risk", "surge", "retention"):
        tree = ast.parse((ROOT / "config" / f"{name}.py").read_text("utf-8"))
        for one in ast.walk(tree):
            is_raised = isinstance(one, ast.Raise) and isinstance(one.exc, ast.Call) and one.exc.args
            said = one.exc.args[0] if is_raised else one.value if isinstance(one, ast.Return) else None
            parts = said.values if isinstance(said, ast.JoinedStr) else [said]
            words = [part.value if isinstance(part, ast.Constant) else "{}" for part in parts]
            text = "".join(map(str, words)).replace("'{}'", "{}")
            if " " in text and isinstance(said, ast.JoinedStr | ast.Constant):
                yield text


def test_every_mistake_in_a_policy_is_said_in_chinese() -> None:
    known = list(sentences())
    assert len(known) > 25
    assert [one for one in known if one not in mistakes.CHINESE] == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('budget = "24h"', 'budget = "soon"', "'soon' 不是大于零且不足十年的时限"),
        ("warn_share = 0.8", "warn_share = 1.5", "1.5 应小于 1"),
        ("format = 1", "format = ", "TOML 语法有误（"),
        ("experience_days = 7", "experience_days = 2", "'experience_days' 须晚于"),
        ("experience_days = 7", "experience = 7", "是否应为 'experience_days'？"),
        ('begins = "16:00"', 'begins = "08:00"', "班次 'early' 与 'late' 都在 08:00 开始"),
        ("false_per_week = 1", 'false_per_week = "few"', "'few' 应为数字"),
    ],
)
def test_a_mistake_names_its_value_in_chinese(old: str, new: str, told: str) -> None:
    text = DEFAULT.read_text("utf-8")
    assert old in text
    with pytest.raises(PolicyError) as wrong:
        parse(text.replace(old, new, 1))
    assert any(told in mistakes.shown(one.what) for one in wrong.value.problems)
