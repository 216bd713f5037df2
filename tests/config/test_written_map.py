"""A proposed map as a file: it reads back as it was proposed, and says why."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from config.source_maps.proposal import (
    Answers,
    Count,
    FieldValue,
    FoundColumn,
    FoundFile,
    Proposal,
    Proposed,
    Reason,
    split_key,
)
from config.source_maps.proposed_map import build_map, raw_map
from config.source_maps.source_map import parse
from config.source_maps.written_map import quoted, toml, written_map

WORDS = tuple(Count(value=f"状态{n}", rows=9 - n, means={"status": "in_progress"}) for n in range(9))


def proposal() -> Proposal:
    fields = []
    for key, value in {
        "complaint.number": FieldValue(column='Ticket "#"'),
        "complaint.received_at": FieldValue(columns=("日", "时")),
        "complaint.title": FieldValue(column="内容", take=r"^\s*(\S.{0,39})"),
        "state.status": FieldValue.model_validate({"column": "状态", "since": {"column": "日"}}),
        "survey.1.scores.1": FieldValue(column="分1", scale=10),
        "survey.1.scores.2": FieldValue(column="分2"),
        "co_owner.2.department": FieldValue(column="协办"),
        "co_owner.2.requested_at": FieldValue(column="日"),
    }.items():
        part, number, field = split_key(key)
        reason = Reason(code="named_and_fits")
        fields.append(Proposed(part=part, number=number, field=field, value=value, reason=reason))
    names = ('Ticket "#"', "日", "时", "内容", "分1", "分2", "协办", "备注\n二")
    columns = [FoundColumn(place=n, name=name, kind="text") for n, name in enumerate(names)]
    columns[1] = FoundColumn(place=1, name="日", kind="day", dates=("%Y/%m/%d",))
    columns[2] = FoundColumn(place=2, name="时", kind="time", dates=("%H:%M",))
    columns.append(FoundColumn(place=9, name="状态", kind="choice", choices=WORDS))
    file = FoundFile(name="t.csv", encoding="GB18030", delimiter="\t", rows=9)
    return Proposal(file=file, columns=tuple(columns), fields=tuple(fields), as_of_name=r"_(\d{8})\.")


def test_it_reads_back_as_it_was_proposed() -> None:
    answers = Answers(chosen={"complete": "yes"})
    text = written_map(proposal(), answers)
    assert tomllib.loads(text) == raw_map(proposal(), answers)
    assert parse(text) == build_map(proposal(), answers)


def test_it_says_why_and_what_is_left_out() -> None:
    lines = written_map(proposal()).splitlines()
    assert lines[0].startswith('# Proposed from t.csv: GB18030, delimiter "\\t", 9 rows.')
    assert 'number = "Ticket \\"#\\""  # by its name and its values' in lines
    assert lines[-2:] == ["# Columns that it leaves out:", "#   备注 二 (text, 0% filled)"]


@given(st.text())
def test_any_text_can_be_a_name_of_a_column(text: str) -> None:
    assert tomllib.loads(f"a = {quoted(text)}") == {"a": text}
    assert tomllib.loads(f"a = {toml({text: [text, True, 5]})}") == {"a": {text: [text, True, 5]}}
