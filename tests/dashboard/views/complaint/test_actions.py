"""The complaint page's actions: offered by state and role, saved once, refused beside the field, undone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from streamlit.testing.v1 import AppTest

from dashboard.locale import Language, use
from dashboard.pages import PAGES
from dashboard.views.complaint.action_words import explained, text_label, title
from queries import db
from queries.actions import life, record
from queries.actions.record import Given
from queries.db import Scope
from tests.build import complaint, id_of, rows, settle
from tests.dashboard.page_runs import html, run, strings

COMPLAINT = next(page for page in PAGES if page.name == "complaint")
SUPERVISOR = Scope("supervisor", "supervisor", None)


@pytest.fixture
def number(opened: None, engine: Engine) -> int:
    with engine.begin() as conn:
        now = db.board_now(conn)
        of_source = complaint("A-1", now - timedelta(hours=2), region="GD-SZ")
        settle(conn, of_source, complaint("A-2", now - timedelta(hours=1)))
        db.raise_version(conn, now)
        return id_of(conn, "A-1")


def page(number: int, **query: str) -> AppTest:
    app = run(COMPLAINT, **{"lang": "en", "person": "supervisor", "complaint": str(number), **query})
    assert not app.exception
    return app


def choose(app: AppTest, name: str) -> AppTest:
    (pills,) = (one for one in app.pills if one.label in ("Record an action", "记录处理动作"))
    pills.set_value(name).run()
    assert not app.exception
    return app


def save(app: AppTest) -> AppTest:
    next(one for one in app.button if one.label in ("Save", "保存")).click().run()
    assert not app.exception
    return app


def field(app: AppTest, kind: str, label: str) -> Any:
    return next(one for one in getattr(app, kind) if one.label == label)


def actions(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as conn:
        return rows(conn, "SELECT action, note, undone_at IS NOT NULL FROM facts.action ORDER BY place")


def test_a_tier_needs_a_reason_that_is_asked_for_beside_its_field(number: int, engine: Engine) -> None:
    app = choose(page(number), "tier")
    field(app, "segmented_control", "New tier").set_value(1)
    save(app)
    assert '<p class="mistake" role="alert">▲ Write this, too.' in html(app)
    assert field(app, "segmented_control", "New tier").value == 1
    field(app, "text_area", "Reason").set_value("It burns")
    save(app)
    assert [one.value for one in app.success] == ["Saved: New tier. Deadlines update within a second."]
    assert actions(engine) == [("tier", "It burns", False)]
    assert "It burns" in html(app)


def test_what_was_done_is_undone_by_one_press_and_stays_in_the_trail(number: int, engine: Engine) -> None:
    app = save(choose(page(number), "first_contact"))
    with engine.connect() as conn:
        assert rows(conn, "SELECT status FROM facts.complaint WHERE external_id = 'A-1'") == [
            ("in_progress",)
        ]
    field(app, "button", "Undo “First contact”").click().run()
    assert not app.exception
    assert actions(engine) == [("first_contact", None, True)]
    with engine.connect() as conn:
        assert rows(conn, "SELECT status FROM facts.complaint WHERE external_id = 'A-1'") == [("received",)]
    again = page(number)
    assert "Wang Lei, undone at" in html(again)
    assert not [one for one in again.button if one.label.startswith("Undo")]


def test_a_colleague_who_was_faster_is_named_and_nothing_typed_is_lost(number: int, engine: Engine) -> None:
    app = choose(page(number), "tier")
    field(app, "segmented_control", "New tier").set_value(3)
    field(app, "text_area", "Reason").set_value("Only a wish")
    with engine.begin() as conn:
        seen = record.state(conn, number)
        assert seen is not None
        now = db.board_now(conn)
        scope = Scope("administrator", "administrator", None)
        record.record(conn, number, seen, Given("tier", 1, note="It burns"), scope, "theirs", now)
    save(app)
    (warning,) = app.warning
    assert "somebody else was faster. It is now: tier 1 urgent (Xu Wen" in warning.value
    assert "Only a wish" in [one.value for one in app.text]
    assert field(app, "text_area", "Reason").value == "Only a wish"
    assert [one[1] for one in actions(engine)] == ["It burns"]
    save(app)
    assert [one[1] for one in actions(engine)] == ["It burns", "Only a wish"]


@pytest.mark.parametrize(
    ("number_typed", "says"),
    [("", "Choose one."), ("Z-9", "No complaint with this number"), ("A-1", "This is the same complaint.")],
)
def test_a_merge_needs_the_number_of_another_complaint(
    number: int, engine: Engine, number_typed: str, says: str
) -> None:
    app = choose(page(number), "merge")
    field(app, "text_input", "Number of the other complaint").set_value(number_typed)
    assert says in html(save(app))
    assert actions(engine) == []
    field(app, "text_input", "Number of the other complaint").set_value("A-2")
    save(app)
    assert actions(engine) == [("merge", None, False)]


def test_an_agent_may_act_but_not_plan_tier_1(number: int, engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(text("UPDATE facts.complaint_event SET value = '1' WHERE field = 'tier'"))
        db.raise_version(conn, db.board_now(conn))
    app = page(number, person="agent")
    (pills,) = (one for one in app.pills if one.label == "Record an action")
    assert "Plan" not in pills.options
    assert "Answer" in pills.options
    assert "is given by a supervisor or above" in " ".join(strings(app))
    save(choose(app, "take_over"))
    with engine.connect() as conn:
        assert rows(conn, "SELECT login FROM facts.agent JOIN facts.complaint ON owner_id = agent_id") == [
            ("agent",)
        ]


def test_nobody_acts_on_a_complaint_outside_their_scope(number: int, engine: Engine) -> None:
    with engine.connect() as conn:
        other = id_of(conn, "A-2")  # of no region that the manager has
    app = page(other, person="manager")
    assert not [one for one in app.pills if one.label == "Record an action"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_action_has_its_words(language: Language) -> None:
    use(language)
    names = [one.name for one in life.ACTIONS]
    said = [*map(title, names), *map(text_label, names), *filter(None, map(explained, names))]
    use("en")
    assert [one for one in said if one.isascii() != (language == "en") and "’" not in one] == []
    assert len({title(name) for name in names}) == len(names)


def test_each_kind_of_form_offers_what_makes_sense(number: int, engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(
            text("INSERT INTO facts.department (code, name_en, name_zh) VALUES ('X', 'Lines', '线路部')")
        )
        (department,) = rows(conn, "SELECT department_id FROM facts.department WHERE code = 'X'")[0]
        seen = record.state(conn, number)
        assert seen is not None
        ask = Given("ask", int(str(department)), note="x")
        record.record(conn, number, seen, ask, SUPERVISOR, "ask", db.board_now(conn))
    app = page(number)
    (request,) = field(choose(app, "opinion"), "selectbox", "Request").options
    assert request.startswith("Lines · ")
    assert field(choose(app, "ask"), "selectbox", "Department").options == []
    assert field(choose(app, "department"), "selectbox", "Department").options == ["Lines"]
    assert field(choose(app, "tier"), "segmented_control", "New tier").options == ["1 urgent", "3 suggestion"]
    assert "Wang Lei" in field(choose(app, "owner"), "selectbox", "Owner").options
    assert field(choose(app, "resolve"), "text_area", "Cause (optional)").value == ""


def test_the_form_is_there_in_chinese(number: int) -> None:
    app = page(number, lang="zh")
    use("zh")
    save(choose(app, "tier"))
    use("en")
    assert "▲ 请选择一项。" in html(app)
