"""Satisfaction by hand, the same from sealed days and from their rows."""

from datetime import date

import pytest
from sqlalchemy import Connection

from queries.filters import PLACE, Filters
from queries.intake.facts import Answer, Batch, Survey
from queries.pages import satisfaction
from queries.rollups.daily import count_day, take_dirty_days
from tests.build import MONDAY, at, complaint, organisation, rows, settle

ALL = Filters(date(2026, 3, 1), date(2026, 3, 8))


@pytest.fixture
def answered(conn: Connection) -> Connection:
    organisation(conn)
    settle(
        conn,
        complaint("A", MONDAY, tier=1),
        complaint("B", MONDAY, channel="app"),
        complaint("C", MONDAY, region="BJ-01"),
        Batch(
            surveys=[Survey(name, 1, "sms", at(2)) for name in "ABC"]
            + [Survey("A", 2, "app_push", at(days=1))],
            answers=[
                Answer("A", 1, at(3), (5, 4), 10),
                Answer("B", 1, at(4), (2,), 6),
                Answer("C", 1, at(26), (4,)),
            ],
        ),
    )
    return conn


@pytest.fixture(params=[False, True], ids=["from rows", "from roll-ups"])
def either(answered: Connection, request: pytest.FixtureRequest) -> Connection:
    if request.param:
        for day in take_dirty_days(answered, at(days=30)):
            count_day(answered, day)
    return answered


def test_mean_response_and_nps(either: Connection) -> None:
    found = satisfaction.total(either, ALL, at(days=3))
    assert (found.sent, found.answers) == (4, 3)
    assert found.mean == pytest.approx((4.5 + 2 + 4) / 3)
    assert found.nps == 0  # one promoter, one detractor, of two who were asked
    assert found.response_rate == 0.75
    assert not found.enough


def test_answers_count_on_their_own_day(either: Connection) -> None:
    found = [
        (one.day, one.sent, one.answers, one.mean) for one in satisfaction.by_day(either, ALL, at(days=3))
    ]
    assert found == [(date(2026, 3, 2), 3, 2, 3.25), (date(2026, 3, 3), 1, 1, 4.0)]


def test_groups(either: Connection) -> None:
    groups = satisfaction.panels(either, ALL, at(days=3)).groups
    regions = dict(rows(either, "SELECT code, region_id::text FROM facts.region"))
    by_region = {one.key: one.answers for one in groups["region"]}
    assert by_region == {regions["GD"]: 2, regions["BJ"]: 1}
    by_tier = {one.key: one.mean for one in groups["tier"]}
    assert by_tier == {"1": 4.5, "2": 3.0}
    by_channel = {one.key: one.sent for one in groups["channel"]}
    assert by_channel == {"phone": 3, "app": 1}


@pytest.mark.parametrize(
    "filters",
    [ALL, Filters(ALL.since, ALL.until, tiers=(2,)), Filters(date(2026, 3, 3), ALL.until), "a city"],
)
@pytest.mark.parametrize("past", [False, True])
def test_one_look_gives_every_panel_what_it_would_find_alone(
    either: Connection, filters: Filters | str, past: bool
) -> None:
    if isinstance(filters, str):
        city = int(str(rows(either, "SELECT region_id FROM facts.region WHERE code = 'GD-01'")[0][0]))
        filters = Filters(ALL.since, ALL.until, regions=(city,))
    found = satisfaction.panels(either, filters, at(days=3), past=past)
    assert found.total == satisfaction.total(either, filters, at(days=3), past=past)
    assert found.days == satisfaction.by_day(either, filters, at(days=3), past=past)
    for group in satisfaction.GROUPS:
        assert sum(one.sent for one in found.groups[group]) == found.total.sent
        assert sum(one.answers for one in found.groups[group]) == found.total.answers
        assert len({one.key for one in found.groups[group]}) == len(found.groups[group])


def test_filters_narrow_it_down(either: Connection) -> None:
    assert satisfaction.total(either, Filters(ALL.since, ALL.until, tiers=(1,)), at(days=3)).answers == 1
    assert satisfaction.total(either, Filters(date(2026, 3, 3), ALL.until), at(days=3)).sent == 1


def test_nothing_sent_is_nothing_not_zero(conn: Connection) -> None:
    found = satisfaction.total(conn, ALL, at(days=3))
    assert (found.sent, found.mean, found.nps, found.response_rate) == (0, None, None, None)


def test_the_distribution_counts_surveys_by_their_mean(answered: Connection) -> None:
    found = [(one.score, one.answers) for one in satisfaction.scores(answered, ALL, at(days=3))]
    assert found == [(2, 1), (4, 2)]


def test_a_mean_with_its_margin_is_the_mean_of_the_page(either: Connection) -> None:
    found = satisfaction.mean(either, ALL, at(days=3))
    assert found is not None
    assert found.mean == pytest.approx(satisfaction.total(either, ALL, at(days=3)).mean)
    assert found.margin == pytest.approx(1.959964 * (1.75 / 3) ** 0.5)  # variance of 4.5, 2 and 4
    assert found.answers == 3


def test_one_answer_has_no_margin(answered: Connection) -> None:
    assert satisfaction.mean(answered, Filters(date(2026, 3, 3), date(2026, 3, 3)), at(days=3)) is None
    means = list(satisfaction.means(answered, ALL, PLACE[True], at(days=3)))
    assert [one.answers for _place, one in means] == [2]  # of Guangzhou; Haidian has one
