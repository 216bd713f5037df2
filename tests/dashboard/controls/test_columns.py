"""Each list is one table: what it shows is what its file holds, in the same order and in both languages."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, get_args, get_type_hints
from zoneinfo import ZoneInfo

import pytest

from dashboard import theme
from dashboard.controls import open_list
from dashboard.controls.columns import amount, coded, instant, plain, share, span
from dashboard.controls.names import Names
from dashboard.locale import LANGUAGES, Language, use
from dashboard.parts import Column, Context, exported
from dashboard.reads import Moment
from dashboard.views import alerts, backlog, callbacks, satisfaction
from dashboard.views.alert_precision import lists as precision
from dashboard.views.breaches import lists as breach_lists
from dashboard.views.co_owners import columns as co_owners
from dashboard.views.co_owners import pace
from dashboard.views.complaint import page as complaint
from dashboard.views.problems import department, region
from dashboard.views.problems import lists as problem_lists
from dashboard.views.problems import page as problems
from dashboard.views.risk import odds, shift
from dashboard.views.risk import page as risk
from dashboard.views.surges import lists as surges
from queries.attribution.blocking import Blocked
from queries.attribution.lists import Breach, HeldComplaint, LateRequest
from queries.db import Scope
from queries.filters import Filters
from queries.pages.alert_precision import FiredAlert
from queries.pages.alert_recall import Breach as WarnedBreach
from queries.pages.alerts import Alert, DeliveryRow
from queries.pages.backlog import Cell, DayBacklog, OpenComplaint
from queries.pages.breaches import Breach as PeriodBreach
from queries.pages.callbacks import Callback
from queries.pages.co_owner_requests import Asked
from queries.pages.co_owners import Limits, Pace
from queries.pages.complaint import Deadline, Seen
from queries.pages.problems import Cell as ProblemCell
from queries.pages.problems import ChannelCount, IssueCount, ReadComplaint, Share
from queries.pages.risk import OpenDeadline
from queries.pages.riskiest import Stake
from queries.pages.satisfaction import DaySatisfaction, GroupSatisfaction
from queries.pages.shift import WHATS, Happening
from queries.pages.surges import Member

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
KNOWN = Names({1: "Guangdong"}, {1: "Billing"}, {"plan": "Plan"}, {}, {1: "GD"}, {1: "BILL"})
VALUES: dict[Any, Any] = {int: 1, float: 0.5, str: "x", bool: True, datetime: NOW, date: NOW.date()}
# Fields of which the words know only some values.
WORDS: dict[str, Any] = {
    "origin": "person",
    "state": "sent",
    "key": "1",
    "target": "plan",
    "level": "warning",
    "subject": "deadline:1",
}


def context(language: Language = "en") -> Context:
    return Context(
        Scope("manager", "manager", None),
        Filters(date(2026, 3, 1), date(2026, 3, 2)),
        Moment(1, NOW),
        language,
        theme.LIGHT,
        ZoneInfo("Asia/Shanghai"),
    )


def row(kind: type, full: bool) -> Any:
    """Filled wholly, or with None wherever the kind allows it."""
    hints = get_type_hints(kind)
    made = {}
    for name in kind.__match_args__:  # type: ignore[attr-defined]
        choices = get_args(hints[name])
        if type(None) in choices:
            made[name] = None if not full else WORDS.get(name, VALUES.get(choices[0], "x"))
        elif choices:
            made[name] = choices[0]
        else:
            made[name] = WORDS.get(name, VALUES[hints[name]])
    return kind(**made)


Columns = Callable[[Context, Names], tuple[Column, ...]]
LISTS: dict[str, tuple[type, Columns]] = {
    "open complaints": (OpenComplaint, open_list.columns),
    "surge": (Member, surges.columns),
    "problem complaints": (ReadComplaint, problem_lists.columns),
    "deadlines": (OpenDeadline, risk._columns),
    "riskiest": (Stake, lambda ctx, known: risk._columns(ctx, known, *odds.columns(), odds.weight())),
    "warnings": (FiredAlert, precision.alert_columns),
    "breaches warned of": (WarnedBreach, precision.breach_columns),
    "breaches of a period": (PeriodBreach, lambda ctx, known: breach_lists.list_columns(ctx, known, ())),
    "waiting on co-owners": (Blocked, co_owners.waiting),
    "requests": (Asked, co_owners.requests),
    "late requests": (LateRequest, co_owners.late),
    "breaches of co-owners": (Breach, co_owners.breaches),
    "time held": (HeldComplaint, co_owners.held),
    "backlog days": (DayBacklog, lambda _ctx, _known: backlog._day_columns()),
    "departments": (
        Pace,
        lambda ctx, known: pace._department_columns(ctx, ctx, known, Limits((), ()), {}, {}),
    ),
    "alerts": (Alert, alerts.list_columns),
    "callbacks": (Callback, callbacks.list_columns),
    "deliveries": (DeliveryRow, lambda ctx, _known: alerts._delivery_columns(ctx)),
    "deadlines of a complaint": (Deadline, lambda ctx, known: complaint._deadline_columns(ctx, known, 1)),
    "trail": (Seen, complaint._trail_columns),
    "shares of regions": (Share, region._columns),
    "problems of departments": (ProblemCell, lambda _ctx, known: department._columns(known)),
    "problems": (IssueCount, lambda _ctx, _known: problems._issue_columns()),
    "channels": (ChannelCount, problems._channel_columns),
    "satisfaction days": (DaySatisfaction, lambda _ctx, _known: satisfaction._day_columns()),
} | {
    f"shift {what}": (Happening, lambda ctx, known, what=what: shift.columns(ctx, known, what))  # type: ignore[misc]
    for what in WHATS
}


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Iterator[Language]:
    use(request.param)
    yield request.param
    use("en")


def lines(ctx: Context, rows: list[Any], columns: tuple[Column, ...]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(exported(ctx, rows, columns).decode("utf-8-sig"))))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_and_its_file_are_one_table(name: str, language: Language) -> None:
    """A file begins with the complaint's numbers; else it keeps the order of the page."""
    kind, made = LISTS[name]
    ctx = context(language)
    columns = made(ctx, KNOWN)
    shown = [one.head for one in columns if one.is_shown and not one.leads]
    heads, *found = lines(ctx, [row(kind, full=True), row(kind, full=False)], columns)
    in_file = [one for one in columns if one.leads] + [one for one in columns if not one.leads]
    assert heads == [one.exported_head or one.head for one in in_file]
    assert [one.head for one in in_file if one.is_shown and not one.leads] == shown
    assert [len(one) for one in found] == [len(heads)] * 2
    assert len(set(heads)) == len(heads), "two columns of the file have the same head"


@pytest.mark.parametrize("name", LISTS)
def test_a_file_has_words_for_heads_and_nothing_where_nothing_is(name: str, language: Language) -> None:
    kind, made = LISTS[name]
    ctx = context(language)
    heads, *found = lines(ctx, [row(kind, full=True), row(kind, full=False)], made(ctx, KNOWN))
    assert [head for head in heads if "_" in head] == []
    if language == "zh":
        assert [head for head in heads if head.isascii() and head not in ("90 %", "NPS")] == []
    cells = [cell for line in found for cell in line]
    assert not {"True", "False", "None", "nan", "–"} & set(cells)


@pytest.mark.parametrize("name", LISTS)
def test_a_row_without_what_it_may_lack_is_drawn(name: str) -> None:
    kind, made = LISTS[name]
    for one in made(context(), KNOWN):
        for full in (True, False):
            shown = row(kind, full)
            assert isinstance(one.shown(shown), str)
            assert one.tone(shown) in ("", "good", "warn", "bad")
            assert one.href is None or one.href(shown).startswith("/")


def test_numbers_and_instants_of_a_file_are_plain_and_whole() -> None:
    ctx = context()
    columns = (
        amount("Complaints", "complaints"),
        share("Share", "share"),
        span("Waited", "seconds"),
        instant(ctx, "At", "at"),
    )
    one = type("Row", (), {"complaints": 1234, "share": 1 / 3, "seconds": 3661.4, "at": NOW})()
    assert [column.shown(one) for column in columns] == ["1,234", "33 %", "1 h 01 min", "12:00"]
    assert lines(ctx, [one], columns) == [
        ["Complaints", "Share", "Waited, s", "At"],
        ["1234", "0.3333", "3661", "2026-03-02 12:00:00"],
    ]


def test_a_file_of_a_past_moment_says_which_in_each_row() -> None:
    ctx = replace(context(), moment=Moment(1, NOW, as_of=True))
    columns = (plain("Outlet", "outlet"), coded("Department", "department_id", KNOWN.department))
    one = type("Row", (), {"outlet": None, "department_id": 1})()
    assert lines(ctx, [one], columns) == [
        ["Outlet", "Department", "As of"],
        ["", "Billing", "2026-03-02 12:00:00"],
    ]


def test_a_group_of_satisfaction_is_named_by_its_word(language: Language) -> None:
    columns = satisfaction._group_columns("Region", str.upper)
    one = GroupSatisfaction("gd", 0, 0, None, None)
    assert lines(context(language), [one], columns)[1] == ["GD", "", "", "0", ""]


def test_the_matrix_names_departments_and_tiers() -> None:
    columns = backlog._matrix_columns(KNOWN)
    assert lines(context(), [Cell(0, 0, 3), Cell(1, 1, 2)], columns) == [
        ["Department", "Tier", "Open complaints"],
        ["unknown", "no tier", "3"],
        ["Billing", "1 urgent", "2"],
    ]
