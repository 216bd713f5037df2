"""An agent enters a complaint and works on it until it is closed; two people at one complaint."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, text

from queries import db
from tests.browser.conftest import Serve
from tests.build import complaint, derive, id_of, organisation, rows, settle

expect.set_options(timeout=30_000)


@pytest.fixture
def floor(engine: Engine) -> Engine:
    with engine.begin() as conn:
        organisation(conn)
        conn.execute(text("UPDATE facts.agent SET signs_in = true, scope_regions = '{1}' WHERE login = 'li'"))
        now = db.board_now(conn)
        settle(conn, complaint("A", now - timedelta(hours=2)))
        db.raise_version(conn, now)
    return engine


def _choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def _do(page: Page, action: str, **given: str) -> None:
    page.get_by_role("radio", name=action, exact=True).click()
    for label, words in given.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(words)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(f"Saved: {action}.")).to_be_visible()


def test_an_agent_enters_a_complaint_and_works_on_it_until_it_is_closed(
    serve: Serve, page: Page, floor: Engine
) -> None:
    server = serve("dashboard", phone_hash_key="a key of tests")
    page.goto(f"{server.url}/?lang=en&person=li")
    expect(page.get_by_role("heading", name="New complaint")).to_be_visible()  # the first page of an agent
    expect(page.get_by_role("link", name="Live risk")).to_have_count(0)
    page.get_by_label("In a sentence").fill("No signal at home")
    page.get_by_label("Phone (optional)").fill("138 0013 8000")
    page.get_by_role("button", name="Save the complaint").click()
    expect(page.get_by_text("Choose one.")).to_have_count(3)
    expect(page.get_by_label("In a sentence")).to_have_value("No signal at home")
    _choose(page, "Channel", "Phone")
    _choose(page, "Category", "No signal")
    _choose(page, "Region", "Guangdong · Guangzhou")
    page.get_by_role("button", name="Save the complaint").dblclick()
    expect(page.get_by_text("Saved as complaint")).to_be_visible()
    with floor.begin() as conn:
        ((number,),) = rows(conn, "SELECT external_id FROM facts.complaint WHERE source = 'board'")
        derive(conn)
        db.raise_version(conn, db.board_now(conn))
    expect(page.locator(".entered b")).to_have_text(str(number))
    expect(page.get_by_role("cell", name="First contact")).to_be_visible()
    page.get_by_role("link", name="Open the complaint").click()
    _do(page, "First contact")
    page.get_by_role("button", name="Undo “First contact”").click()
    expect(page.get_by_text("Undone: First contact.")).to_be_visible()
    _do(page, "First contact")
    _do(page, "Resolve", Solution="The mast was repaired", **{"Cause_(optional)": "lightning"})
    _do(page, "Close")
    expect(page.get_by_role("radio", name="Resolve", exact=True)).to_have_count(0)
    with floor.begin() as conn:
        assert rows(conn, "SELECT status FROM facts.complaint WHERE source = 'board'") == [("closed",)]
        done = "SELECT action, undone_at IS NOT NULL FROM facts.action ORDER BY place"
        assert rows(conn, done) == [
            ("enter", False),
            ("first_contact", True),
            ("first_contact", False),
            ("resolve", False),
            ("close", False),
        ]


def test_of_two_who_change_one_thing_the_second_is_told_what_is_there(
    serve: Serve, page: Page, browser: Browser, floor: Engine
) -> None:
    server = serve("dashboard")
    with floor.begin() as conn:
        address = f"{server.url}/complaint?lang=en&complaint={id_of(conn, 'A')}&person="
    other = browser.new_page(locale="en-US")
    for one, person in ((page, "supervisor"), (other, "administrator")):
        one.goto(address + person)
        one.get_by_role("radio", name="New tier", exact=True).click()
        one.get_by_label("Reason", exact=True).fill(f"so says the {person}")
    page.get_by_role("radio", name="1 urgent").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved: New tier.")).to_be_visible()
    other.get_by_role("radio", name="3 suggestion").click()
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_text("somebody else was faster. It is now: tier 1 urgent (Zhou Min")).to_be_visible()
    expect(other.get_by_label("Reason", exact=True)).to_have_value("so says the administrator")
    with floor.begin() as conn:
        assert rows(conn, "SELECT tier FROM facts.complaint") == [(1,)]
    other.close()
