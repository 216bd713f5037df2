from typing import Any

import pytest

from config.source_maps.proposal import (
    MANY,
    MEANINGS,
    MEANT,
    Answers,
    Choice,
    Count,
    FieldValue,
    FoundColumn,
    FoundFile,
    Proposal,
    Proposed,
    Question,
    Reason,
    joined_key,
    split_key,
)
from config.source_maps.proposed_map import NoMap, build_map, keys_of, questions_of
from config.source_maps.source_map import SourceMap

MINUTES = ("%Y/%m/%d %H:%M",)
COLUMNS = (
    FoundColumn(place=0, name="工单号", kind="id", is_unique=True),
    FoundColumn(place=1, name="受理时间", kind="instant", dates=MINUTES),
    FoundColumn(
        place=2,
        name="状态",
        kind="choice",
        choices=(
            Count(value="已归档", rows=7, means={"status": "closed"}),
            Count(value="挂账", rows=2),
        ),
    ),
    FoundColumn(place=3, name="协办", kind="choice"),
    FoundColumn(place=4, name="办结日", kind="day", dates=("%d/%m/%Y",)),
    FoundColumn(place=5, name="回访日", kind="day", dates=("%m/%d/%Y",)),
)


def proposed(key: str, column: str, **more: Any) -> Proposed:
    part, number, field = split_key(key)
    value = FieldValue(column=column, **more)
    reason = Reason(code="named")
    return Proposed(part=part, number=number, field=field, value=value, reason=reason)


def proposal(*fields: Proposed, **more: Any) -> Proposal:
    number = proposed("complaint.number", "工单号")
    file = FoundFile(name="工单.csv")
    return Proposal(file=file, columns=COLUMNS, fields=(number, *fields), **more)


def test_a_proposal_goes_through_json_unchanged() -> None:
    made = proposal(
        proposed("state.owner", "协办", empty="none"),
        proposed("survey.1.scores.1", "状态", scale=10),
        proposed("state.status", "状态", since={"column": "受理时间"}),
        questions=(Question(id="complete", code="complete", choices=(Choice(value="yes"),), default="no"),),
    )
    assert Proposal.model_validate_json(made.model_dump_json()) == made
    answers = Answers(chosen={"complete": "yes"}, columns={"state.owner": ""})
    assert Answers.model_validate_json(answers.model_dump_json()) == answers


def test_what_is_proposed_becomes_a_map() -> None:
    made = build_map(
        proposal(proposed("complaint.received_at", "受理时间"), proposed("state.status", "状态")),
        Answers(source="crm", title="CRM", chosen={"value:state.status:挂账": "withdrawn"}),
    )
    assert (made.source, made.title, made.rows, made.dates) == ("crm", "CRM", "complaint", MINUTES)
    assert made.complaint.received_at is not None and made.complaint.received_at.column == "受理时间"
    assert made.state.status is not None
    assert made.state.status.translate == {"已归档": "closed", "挂账": "withdrawn"}


def test_a_value_without_a_meaning_is_asked_and_says_nothing_until_it_is_answered() -> None:
    made = proposal(proposed("state.status", "状态"))
    known, unknown = questions_of(made)
    assert (known.default, known.certain) == ("closed", True)
    assert (unknown.default, unknown.certain) == ("", False)
    assert str(unknown) == "What does “挂账” in “状态” mean (2 rows)?"
    status = build_map(made).state.status
    assert status is not None and status.nulls == ("挂账",)


def test_a_column_chosen_by_hand_takes_the_place_of_the_proposed_one() -> None:
    made = proposal(proposed("state.department", "状态"))
    state = build_map(made, Answers(columns={"state.department": "协办", "state.status": "状态"})).state
    assert state.department is not None and state.department.column == "协办"
    assert state.status is not None and state.status.translate == {"已归档": "closed"}
    assert build_map(made, Answers(columns={"state.department": ""})).state.department is None


def test_a_table_that_lacks_what_it_needs_is_left_out_and_the_others_close_up() -> None:
    made = build_map(
        proposal(
            proposed("co_owner.1.department", "协办"),
            proposed("co_owner.2.department", "协办"),
            proposed("co_owner.2.requested_at", "受理时间"),
            proposed("attempt.1.at", "回访日"),
        )
    )
    assert [one.requested_at is not None for one in made.co_owner] == [True]
    assert made.attempt == ()


def test_dates_that_contradict_each_other_stand_with_their_columns() -> None:
    made = build_map(
        proposal(
            proposed("complaint.received_at", "受理时间"),
            proposed("reached.feedback", "办结日"),
            proposed("reached.resolved", "回访日"),
        )
    )
    assert made.dates == (*MINUTES, "%d/%m/%Y")
    assert made.reached["feedback"].dates == ()
    assert made.reached["resolved"].dates == ("%m/%d/%Y",)
    assert made.milestones == ("feedback", "resolved")


def test_rows_answered_to_be_updates_leave_out_what_only_complaints_have() -> None:
    made = build_map(
        proposal(
            proposed("update.happened_at", "受理时间"),
            proposed("reached.closed", "办结日"),
            proposed("as_of", "受理时间"),
        ),
        Answers(chosen={"rows": "update"}),
    )
    assert made.update is not None and made.rows == "update" and made.reached == {}


def test_without_a_number_or_an_instant_of_an_update_it_says_so() -> None:
    with pytest.raises(NoMap, match="the number of a complaint"):
        build_map(proposal(), Answers(columns={"complaint.number": ""}))
    with pytest.raises(NoMap, match="when a row happened"):
        build_map(proposal(), Answers(chosen={"rows": "update"}))


def test_a_wrong_answer_is_refused_by_its_key() -> None:
    with pytest.raises(NoMap, match="time_zone"):
        build_map(proposal(), Answers(chosen={"time_zone": "Guangzhou"}))
    with pytest.raises(NoMap, match="is no status"):
        build_map(
            proposal(proposed("state.status", "状态")),
            Answers(chosen={"value:state.status:挂账": "gone"}),
        )


@pytest.mark.parametrize("rows", ["complaint", "update"])
def test_every_key_that_can_be_chosen_is_one_of_a_map(rows: str) -> None:
    keys = keys_of(rows)
    assert {"complaint.number", "state.status", "co_owner.1.department", "attempt.1.at"} <= set(keys)
    for key in keys:
        part, number, field = split_key(key)
        assert joined_key(part, number, field) == key
        model = SourceMap.model_fields[part or field]
        assert model is not None and (part in MANY) == (len(key.split(".")) > 2)
    assert ("reached.closed" in keys) == (rows == "complaint")


def test_every_meaning_has_its_words() -> None:
    assert set(MEANT.values()) == set(MEANINGS)
