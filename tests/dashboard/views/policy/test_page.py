"""The administrator's policy page: wrong texts, a dry run, applying; nobody else's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from config.policy import DEFAULT
from dashboard.pages import PAGES
from dashboard.parts import Page
from queries import db
from queries.policy_changes import dry_run
from tests.build import complaint, rows, settle
from tests.dashboard.page_runs import run

POLICY = next(page for page in PAGES if page.name == "policy")


@pytest.fixture
def page(opened: None, engine: Engine) -> Iterator[AppTest]:
    with engine.begin() as conn:
        settle(conn, complaint("A", db.board_now(conn) - timedelta(hours=5), region=None))
    app = run(POLICY)
    app.selectbox(key="person").select("administrator").run()
    assert not app.exception
    yield app


def found(engine: Engine, sql: str) -> list[tuple[object, ...]]:
    with engine.begin() as conn:
        return rows(conn, sql)


def tried(app: AppTest, old: str, new: str) -> AppTest:
    text = app.text_area(key="policy_body")
    assert old in text.value
    text.set_value(text.value.replace(old, new, 1))
    return app.button[0].click().run()


def test_what_would_move_is_shown_before_anything_changes(page: AppTest, engine: Engine) -> None:
    app = tried(page, 'budget = "24h"', 'budget = "4h"')
    shown = "".join(one.proto.body for one in app.get("html"))
    assert "Due times that move" in shown
    assert "Become breached" in shown
    assert found(engine, "SELECT count(*) FROM journal.policy_version") == [(1,)]


def test_applying_makes_a_version_and_says_so(page: AppTest, engine: Engine) -> None:
    app = tried(page, 'budget = "24h"', 'budget = "4h"')
    app = app.button[-1].click().run()
    assert [one.value for one in app.success] == ["Version 2 is in force; 1 due time moves within seconds."]
    made = found(engine, "SELECT move_open, applied_by FROM journal.policy_version WHERE version = 2")
    assert made == [(True, "administrator")]


def test_what_is_for_good_what_starts_later_and_whom_it_alerts_is_shown(page: AppTest) -> None:
    text = page.text_area(key="policy_body")
    body = text.value.replace('budget = "24h"', 'budget = "4h"', 1).replace(
        "tiers = [1]", "tiers = [1, 2]", 1
    )
    text.set_value(body)
    app = page.button(key="FormSubmitter:policy_text-See what it would change").click().run()
    shown = "".join(str(one.proto.body) for one in app.get("html"))
    assert "Permanent: 1 breached and 0 no longer promised." in shown
    assert "Applies to new complaints only, not to open ones: " in shown
    assert "Alerts it would raise: 0 critical, 1 warning, 0 info; found late: 1." in shown


def close(app: AppTest, region: str | None, reason: str, hours: str = "") -> AppTest:
    if region is not None:
        app.selectbox(key="policy_days_region").select(region)
    app.text_input(key="policy_days_reason").set_value(reason)
    app.text_input(key="policy_days_hours").set_value(hours)
    return app.button(key="FormSubmitter:policy_text-Add and try").click().run()


def test_a_day_is_closed_for_one_region_and_tried_before_it_applies(page: AppTest, engine: Engine) -> None:
    app = close(page, "GD-SZ", 'Typhoon "Yagi"')
    assert not app.exception and not app.error
    assert 'region = "GD-SZ"\n' in app.text_area(key="policy_body").value
    assert "Due times that move" in "".join(one.proto.body for one in app.get("html"))
    assert found(engine, "SELECT count(*) FROM journal.policy_version") == [(1,)]
    app = app.button[-1].click().run()
    assert found(engine, "SELECT count(*) FROM journal.policy_version") == [(2,)]
    shown = "".join(str(one.proto.body) for one in app.run().get("html"))
    assert "Shenzhen" in shown and "Typhoon &quot;Yagi&quot;" in shown


def test_a_closed_day_without_region_or_with_wrong_hours_is_not_added(page: AppTest) -> None:
    before = page.text_area(key="policy_body").value
    app = close(page, None, "Typhoon")
    assert [one.value for one in app.error] == ["Choose a region and write a reason."]
    app = close(app, "GD-SZ", "Typhoon", "9 to 5")
    assert "'9 to 5' is not a span; write such as '09:00-12:00'" in app.error[0].value
    assert app.text_area(key="policy_body").value == before


def test_a_version_is_withdrawn_after_it_was_confirmed(page: AppTest, engine: Engine) -> None:
    app = tried(page, 'budget = "24h"', 'budget = "4h"')
    app = app.button[-1].click().run()
    app = app.button(key="withdraw_2").click().run()
    assert [one.value for one in app.warning] == ["Withdraw version 2? This cannot be undone."]
    assert found(engine, "SELECT count(*) FROM journal.policy_withdrawal") == [(0,)]
    app = app.button(key="withdraw_no_2").click().run()
    assert not app.warning
    app = app.button(key="withdraw_2").click().run()
    app = app.button(key="withdraw_yes_2").click().run()
    said = "Version 2 is withdrawn; 1 complaint is recalculated within seconds."
    assert [one.value for one in app.success] == [said]
    made = found(engine, "SELECT version, withdrawn_by FROM journal.policy_withdrawal")
    assert made == [(2, "administrator")]
    assert 'budget = "24h"' in app.text_area(key="policy_body").value
    shown = "".join(str(one.proto.body) for one in app.run().get("html"))
    assert "by administrator" in shown
    assert not [one for one in app.button if one.key == "withdraw_2"]


def test_a_version_of_the_past_is_listed_with_its_instant(page: AppTest, engine: Engine) -> None:
    with engine.begin() as conn:
        since = datetime(2025, 1, 1, tzinfo=UTC)
        dry_run.apply(conn, DEFAULT.read_text("utf-8"), False, "somebody", since)
    shown = "".join(str(one.proto.body) for one in page.run().get("html"))
    assert "set for the past" in shown
    assert "2025-01-01 08:00" in shown


def test_a_wrong_text_is_named_and_kept(page: AppTest, engine: Engine) -> None:
    app = tried(page, 'budget = "24h"', 'budget = "-4h"')
    (error,) = app.error
    assert "targets.feedback.budget" in error.value
    assert 'budget = "-4h"' in app.text_area(key="policy_body").value
    assert found(engine, "SELECT count(*) FROM journal.policy_version") == [(1,)]


@pytest.mark.parametrize("person", ["supervisor", "manager", "scheduler"])
def test_the_page_is_the_administrators_alone(opened: None, person: str) -> None:
    app = run(POLICY)
    app.selectbox(key="person").select(person).run()
    assert not app.text_area
    assert "No access" in "".join(one.proto.body for one in app.get("html"))


def test_others_do_not_have_it_in_their_navigation() -> None:
    wanted: list[Page] = [page for page in PAGES if "supervisor" not in page.roles]
    names = {page.name for page in wanted}
    assert names == {"policy", "people", "organisation", "data_health", "imports"}
