"""The page of breaches: its figures, excusing several in one press, and what is refused."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from dashboard.pages import PAGES
from queries import db
from queries.intake import excuses
from queries.intake.excuses import BreachKey
from queries.intake.replay import start_clock
from tests.build import at, complaint, derive, id_of, rows, settle
from tests.dashboard.page_runs import html, run, strings

PAGE = next(page for page in PAGES if page.name == "breaches")
NOW = at(6)


@pytest.fixture
def late(opened: None, engine: Engine) -> Iterator[Engine]:
    with engine.begin() as conn:
        start_clock(conn, NOW, 0.0001)
        settle(
            conn,
            *(complaint(f"C{n}", NOW - timedelta(hours=1, minutes=n), region="GD-SZ") for n in range(3)),
            complaint("far", NOW - timedelta(hours=1), region="ZJ"),
            complaint("new", NOW - timedelta(minutes=2), region="ZJ"),
        )
        db.raise_version(conn, NOW)
    yield engine


def open_page(person: str = "supervisor", **query: str) -> AppTest:
    app = run(PAGE, person=person, **query)
    assert not app.exception
    return app


def fill(app: AppTest, reason: str | None, note: str = "") -> AppTest:
    app.checkbox[0].check().run()
    if reason:
        app.selectbox(key="excuse_reason").select(reason)
    app.text_area(key="excuse_note").set_value(note)
    press = next(one for one in app.button if one.label.startswith("Excuse"))
    return press.click().run()


def found(engine: Engine, sql: str) -> list[tuple[object, ...]]:
    with engine.begin() as conn:
        return rows(conn, sql)


def test_all_of_a_city_are_excused_in_one_press_and_stay_breaches(late: Engine) -> None:
    app = fill(open_page(region="GD-SZ"), "weather", "typhoon, 2 March")
    assert [one.value for one in app.success] == ["3 breaches are excused."]
    assert "Excuse" in app.dataframe[0].value.columns
    assert list(app.dataframe[0].value["Excuse"]) == ["Typhoon, flood or storm"] * 3
    said = found(late, "SELECT DISTINCT reason, note, person, is_excused FROM facts.excuse")
    assert said == [("weather", "typhoon, 2 March", "supervisor", True)]
    with late.begin() as conn:
        derive(conn)
        db.raise_version(conn, NOW)
    shown = html(open_page())
    assert "Excused breaches" in shown
    counted = "SELECT count(*), count(excused_at) FROM derived.deadline WHERE due_at < '2026-03-02 07:00+00'"
    assert found(late, counted) == [(4, 3)]


def test_undone_it_counts_again(late: Engine) -> None:
    with late.begin() as conn:
        keys = [BreachKey(id_of(conn, f"C{n}"), "first_contact", 0, 1) for n in range(2)]
        excuses.excuse(conn, keys, "weather", None, "supervisor", "k", NOW)
        derive(conn)
    app = open_page(list="excused")
    app.checkbox[0].check().run()
    app = app.button(key="excuse_undo").click().run()
    assert [one.value for one in app.success] == ["2 breaches count again."]
    assert found(late, "SELECT count(*) FROM facts.excuse WHERE NOT is_excused") == [(2,)]


def test_without_a_reason_or_its_note_nothing_is_saved(late: Engine) -> None:
    app = fill(open_page(), None)
    assert [one.value for one in app.warning] == ["Not saved yet: select the reason."]
    app = fill(app, "other")
    assert [one.value for one in app.warning] == ["Not saved yet: this reason needs a note."]
    assert found(late, "SELECT count(*) FROM facts.excuse") == [(0,)]


def test_what_somebody_else_has_excused_meanwhile_is_said(late: Engine) -> None:
    app = open_page(region="GD-SZ")
    app.checkbox[0].check().run()
    with late.begin() as conn:
        key = BreachKey(id_of(conn, "C0"), "first_contact", 0, 1)
        excuses.excuse(conn, [key], "outage", None, "supervisor", "other", NOW)
    app.selectbox(key="excuse_reason").select("weather")
    app = next(one for one in app.button if one.label.startswith("Excuse")).click().run()
    said = "2 breaches are excused. 1 had been changed by somebody else meanwhile."
    assert [one.value for one in app.warning] == [said]


def test_a_scheduler_reads_and_a_manager_sees_their_province(late: Engine) -> None:
    app = open_page("scheduler")
    assert not app.checkbox
    assert "Supervisors, managers and administrators excuse breaches." in " ".join(strings(app))
    assert "3 breaches, the latest first." in " ".join(strings(open_page("manager")))
    assert "4 breaches, the latest first." in " ".join(strings(open_page()))


def test_the_past_is_read_only(late: Engine) -> None:
    as_of = (NOW - timedelta(minutes=30)).isoformat()
    app = open_page(as_of=as_of)
    assert not app.checkbox
    assert "The past is read-only." in " ".join(strings(app))


def test_a_period_without_a_breach_says_so(late: Engine) -> None:
    app = open_page(period="2026-01-01..2026-01-02")
    assert "No breach in this list." in " ".join(strings(app))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_complaint_says_why_its_breach_is_excused(late: Engine, language: str) -> None:
    with late.begin() as conn:
        number = id_of(conn, "C0")
        key = BreachKey(number, "first_contact", 0, 1)
        excuses.excuse(conn, [key], "weather", None, "supervisor", "k", NOW)
        derive(conn)
        db.raise_version(conn, NOW)
    complaint_page = next(page for page in PAGES if page.name == "complaint")
    shown = html(run(complaint_page, person="supervisor", complaint=str(number), lang=language))
    wanted = {"en": "excused: Typhoon, flood or storm", "zh": "已免责：台风、洪涝或暴雨"}
    assert wanted[language] in shown
