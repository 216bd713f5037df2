"""Names of columns and words of sources, in both languages."""

import pytest

from config.source_maps.proposal import MEANINGS, joined_key, key_kind
from config.source_maps.proposed_map import keys_of
from jobs.sources.connect.words import known, meanings, meant, names, words


def keys(name: str) -> list[str]:
    return [joined_key(one.part, one.number or 1, one.field) for one in known(name)]


def test_every_known_name_is_of_a_key_of_maps() -> None:
    possible = {key_kind(key) for rows in ("complaint", "update") for key in keys_of(rows)}
    found = {key_kind(joined_key(one.part, 1, one.field)) for listed in names().values() for one in listed}
    assert found - possible == set()


def test_every_meaning_is_one_of_our_words_and_none_means_two_things() -> None:
    assert set(meanings()) == set(MEANINGS)
    for meaning, listing in words()["values"].items():
        assert set(listing) <= set(MEANINGS[meaning])
        listed = [word for own in listing.values() for word in own]
        assert len(listed) == len(set(listed)), meaning


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("工单流水号", "complaint.number"),
        ("投诉工单编号（省）", "complaint.number"),
        ("Incident Number", "complaint.number"),
        ("opened_at", "complaint.received_at"),
        ("Opening date", "complaint.received_at"),
        ("协办部门2", "co_owner.2.department"),
        ("第二协办部门", "co_owner.2.department"),
        ("co_owner_2_responded_at", "co_owner.2.responded_at"),
        ("挂起时长(小时)", "pause.1.hours"),
        ("满意度评分", "survey.1.scores.1"),
        ("score_3", "survey.1.scores.3"),
        ("3日回访结果", "attempt.1.outcome"),
        ("要求完成时间", "state.promised"),
        ("Assigned to - Technician group", "state.department"),
        ("归属地市", "state.region"),
        ("客户等级", "customer.value"),
        ("首次回复客户时间", "reached.first_contact"),
        ("暂停起", "pause.1.from"),
        ("结单时间", "reached.closed"),
        ("投诉小类", "state.category"),
        ("回访结论", "attempt.1.outcome"),
    ],
)
def test_a_name_tells_its_key(name: str, key: str) -> None:
    assert key in keys(name)


@pytest.mark.parametrize("name", ["不满意原因", "协办意见1", "latitude", "派单时间", "挂起原因"])
def test_a_name_that_means_nothing_here_tells_nothing(name: str) -> None:
    assert not any(one.is_exact for one in known(name))


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("已归档", ("closed", True)),
        ("Awaiting User Info", ("waiting_customer", True)),
        ("Wait - Vendor", ("waiting_co_owner", True)),
        ("已归档（自动）", ("closed", False)),
        ("-100", None),
        ("网络部", None),
    ],
)
def test_a_status_of_a_source_is_understood_or_not(word: str, found: tuple[str, bool] | None) -> None:
    assert meant("status", word) == found


def test_a_numbered_word_is_a_guess() -> None:
    assert meant("tier", "1 - Critical") == ("1", False)
    assert meant("tier", "一级（紧急）") == ("1", True)
