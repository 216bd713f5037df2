"""Entering a complaint: few fields are needed, mistakes stand beside theirs, nothing typed is lost."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from config.settings import settings
from dashboard.locale import use
from dashboard.pages import PAGES
from queries import db
from tests.build import complaint, derive, rows, settle
from tests.dashboard.page_runs import html, run, strings

PAGE = next(page for page in PAGES if page.name == "new_complaint")


@pytest.fixture
def there(opened: None, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BOARD_PHONE_HASH_KEY", "a key of tests")
    settings.cache_clear()
    with engine.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO facts.department (department_id, code, name_en, name_zh) VALUES "
                "(1, 'NET', 'Network', '网络部'), (2, 'BILL', 'Billing', '计费部')"
            )
        )
        conn.execute(text("UPDATE facts.agent SET department_id = 1 WHERE login = 'agent'"))
        db.raise_version(conn, db.board_now(conn))
    yield
    settings.cache_clear()


def page(**query: str) -> AppTest:
    app = run(PAGE, **{"lang": "en", "person": "agent", **query})
    assert not app.exception
    return app


def field(app: AppTest, label: str) -> Any:
    kinds = (
        "text_input",
        "text_area",
        "selectbox",
        "segmented_control",
        "radio",
        "checkbox",
        "datetime_input",
    )
    return next(one for kind in kinds for one in getattr(app, kind, ()) if one.label == label)


def fill(app: AppTest, **given: object) -> AppTest:
    for label, value in {
        "In a sentence": "No signal at home",
        "Channel": "phone",
        "Category": "no_signal",
        "Region": 3,
        **{name.replace("_", " "): value for name, value in given.items()},
    }.items():
        field(app, label).set_value(value)
    return app


def save(app: AppTest) -> AppTest:
    next(one for one in app.button if one.label == "Save the complaint").click().run()
    assert not app.exception
    return app


def entered(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as conn:
        return rows(
            conn,
            "SELECT title, channel, category, region_id, c.department_id, tier, login FROM facts.complaint c "
            "LEFT JOIN facts.agent a ON a.agent_id = c.owner_id ORDER BY complaint_id",
        )


def mistakes(app: AppTest) -> list[str]:
    return [part.partition("</p>")[0] for part in html(app).split('<p class="mistake" role="alert">▲ ')[1:]]


def test_a_complaint_is_entered_and_shown_with_its_number_and_its_due_times(
    there: None, engine: Engine
) -> None:
    app = fill(page())
    field(app, "Tier (optional)").set_value(1)
    save(app)
    assert entered(engine) == [("No signal at home", "phone", "no_signal", 3, 1, 1, "agent")]
    assert "Its due times appear here within a second." in " ".join(strings(app))
    with engine.begin() as conn:
        ((number,),) = rows(conn, "SELECT external_id FROM facts.complaint")
        derive(conn)
        db.raise_version(conn, db.board_now(conn))
    assert f"<b>{number}</b>" in html(app)
    app.run()
    assert "First contact" in html(app)
    next(one for one in app.button if one.label == "Next complaint").click().run()
    app.run()
    assert field(app, "In a sentence").value == ""
    assert field(app, "Channel").value is None
    assert str(number) in html(app)  # among those entered last


def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(
    there: None, engine: Engine
) -> None:
    app = page()
    field(app, "In the customer's words (optional)").set_value("It went away yesterday")
    field(app, "Phone (optional)").set_value("none")
    save(app)
    assert mistakes(app) == [
        "Say in a sentence what happened.",
        "This is no telephone number.",
        "Choose one.",
        "Choose one.",
        "Choose one.",
        "Not saved yet: see the marked fields.",
    ]
    assert field(app, "In the customer's words (optional)").value == "It went away yesterday"
    assert entered(engine) == []
    fill(app, **{"Phone (optional)": ""})
    save(app)
    assert len(entered(engine)) == 1


def test_what_was_typed_is_there_again_after_another_page(there: None) -> None:
    app = page()
    field(app, "In a sentence").set_value("No signal")
    app.run()
    for name in ("complaint", "new_complaint"):
        app._page_hash = calc_hash(name)
        app.run()
    assert field(app, "In a sentence").value == "No signal"


def test_words_of_tier_1_are_told_while_one_types(there: None) -> None:
    app = page()
    field(app, "In a sentence").set_value("The router caught fire, I will call the ministry")
    app.run()
    assert "Proposed for tier 1: says “" in " ".join(strings(app))
    field(app, "Tier (optional)").set_value(1)
    assert "Proposed for tier 1" not in " ".join(strings(app.run()))


def test_a_known_customer_is_shown_masked_with_what_is_open(there: None, engine: Engine) -> None:
    save(fill(page(), **{"Phone (optional)": "138 0013 8000", "Name (optional)": "王小明"}))
    app = page()
    field(app, "Phone (optional)").set_value("+86 13800138000")
    app.run()
    shown = " ".join(strings(app))
    assert "1 complaint of theirs is not closed yet." in shown
    known = field(app, "Known customer")
    assert known.options[0].startswith("王** · *******8000 · C")
    assert "王小明" not in shown
    save(fill(app))
    with engine.connect() as conn:
        assert rows(conn, "SELECT count(*), count(DISTINCT customer_id) FROM facts.complaint") == [(2, 1)]
        assert rows(conn, "SELECT count(*) FROM facts.customer") == [(1,)]


def test_somebody_else_at_the_same_phone_has_no_name_of_the_first(there: None, engine: Engine) -> None:
    save(fill(page(), **{"Customer number (optional)": "C-1"}))
    app = page()
    field(app, "Customer number (optional)").set_value("C-1")
    app.run()
    field(app, "Known customer").set_value(0)
    app.run()
    assert field(app, "Name (optional)").value == ""


def test_a_person_enters_in_their_regions_only(there: None) -> None:
    assert field(page(person="manager"), "Region").options == ["Guangdong", "Guangdong · Shenzhen"]
    assert "Zhejiang" in field(page(), "Region").options


@pytest.mark.parametrize(
    ("hours", "says"), [(30, "This time lies in the future."), (-24 * 40, "At most 30 days ago.")]
)
def test_a_receipt_beyond_what_is_sensible_is_refused(
    there: None, engine: Engine, hours: int, says: str
) -> None:
    with engine.connect() as conn:
        now = db.board_now(conn)
    app = fill(page())
    field(app, "Received (optional)").set_value((now + timedelta(hours=hours)).replace(tzinfo=None))
    assert says in mistakes(save(app))
    assert entered(engine) == []


def test_where_the_database_is_away_nothing_is_lost(
    there: None, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    app = fill(page(), **{"Name (optional)": "王小明"})
    with engine.begin() as conn:
        conn.execute(text("ALTER TABLE facts.complaint_number RENAME TO gone"))
    save(app)
    assert next(one.value for one in app.error).startswith("Not saved: the database cannot be reached.")
    with engine.begin() as conn:
        conn.execute(text("ALTER TABLE facts.gone RENAME TO complaint_number"))
    assert field(app, "Name (optional)").value == "王小明"
    save(app)
    assert len(entered(engine)) == 1
    assert "王小明" not in caplog.text


def test_a_board_without_regions_says_what_is_missing(opened: None, engine: Engine) -> None:
    assert "There are no regions or departments yet" in html(page(person="supervisor"))


def test_the_form_is_there_in_chinese(there: None, engine: Engine) -> None:
    app = page(lang="zh")
    labels = [
        one.label
        for kind in ("text_input", "text_area", "selectbox", "checkbox")
        for one in getattr(app, kind)
    ]
    use("en")
    assert [one for one in labels if one.isascii()] == []


def test_complaints_of_a_source_stand_in_no_list_of_what_was_entered(there: None, engine: Engine) -> None:
    with engine.begin() as conn:
        now = db.board_now(conn)
        settle(conn, complaint("A-1", now - timedelta(hours=1)))
        db.raise_version(conn, now)
    assert "What you enter stands here." in html(page())
