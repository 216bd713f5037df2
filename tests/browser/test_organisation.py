"""A department that nobody knows: seen, meant, followed by the backlog and by the next import, undone."""

from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from config.settings import Settings
from config.source_maps.source_map import parse
from jobs import meanings
from jobs.sources.importing import Order, import_file
from jobs.work import Work
from queries.db import board_now, raise_version
from tests.browser.conftest import Serve
from tests.build import derive, organisation, rows

WAIT = 60_000  # milliseconds, at most
MAP = """
format = 1
source = "crm"
title = "CRM"
rows = "complaint"
time_zone = "Asia/Shanghai"
milestones = ["resolved"]
as_of = "export"

[complaint]
number = "number"
received_at = "received"

[state]
department = "部门"
region = "地市"
"""


def export(folder: Path, name: str, at: str, numbers: range) -> Order:
    lines = [f"{n:02},2026-03-02T09:00:00+08:00,网络三部,广东省,{at}" for n in numbers]
    path = folder / name
    path.write_text("\n".join(("number,received,部门,地市,export", *lines)), encoding="utf-8")
    return Order(parse(MAP), path, folder / "rejects.csv")


def follow(engine: Engine) -> None:
    with engine.begin() as conn:
        now = board_now(conn)
    meanings.run(Work(engine, Settings(), "test", now, lambda: None, dict))
    with engine.begin() as conn:
        derive(conn)
        raise_version(conn, board_now(conn))


def by_department(engine: Engine) -> list[tuple[object, ...]]:
    with engine.begin() as conn:
        return rows(
            conn,
            "SELECT d.code, count(*) FROM derived.stint s JOIN facts.department d USING (department_id) "
            "WHERE until_at IS NULL GROUP BY 1 ORDER BY 1",
        )


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label).first.click()
    page.get_by_role("option", name=option).first.click()


def test_an_unknown_department_is_meant_once_for_all_and_undone(
    engine: Engine, serve: Serve, page: Page, tmp_path: Path
) -> None:
    with engine.begin() as conn:
        organisation(conn)
    import_file(engine, export(tmp_path, "a.csv", "2026-03-02T12:00:00+08:00", range(12)))
    follow(engine)
    server = serve("dashboard")
    address = f"{server.url}/organisation?person=administrator&lang=en"
    page.goto(address)
    row = page.locator(".st-key-panel_unknown_values tr", has_text="网络三部")
    expect(row).to_contain_text("12", timeout=WAIT)
    choose(page, "Values", "网络三部")
    page.keyboard.press("Escape")
    choose(page, "They mean", "Network")
    page.get_by_role("button", name="Save the meaning").click()
    expect(page.get_by_text("What came in before follows within seconds.")).to_be_visible(timeout=WAIT)
    follow(engine)
    expect(page.locator(".st-key-panel_meanings tr", has_text="网络三部")).to_contain_text(
        "in force", timeout=WAIT
    )
    assert by_department(engine) == [("NET", 12)]

    page.goto(f"{server.url}/backlog?person=administrator&lang=en")
    expect(page.get_by_role("row", name="Network 12 12")).to_be_visible(timeout=WAIT)

    second = import_file(engine, export(tmp_path, "b.csv", "2026-03-03T12:00:00+08:00", range(15)))
    follow(engine)
    assert (second.complaints, second.kept) == (3, 0)
    assert by_department(engine) == [("NET", 15)]

    page.goto(address)
    choose(page, "Undo a meaning", "网络三部")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Its complaints follow within seconds.")).to_be_visible(timeout=WAIT)
    follow(engine)
    assert by_department(engine) == [("网络三部", 15)]
    expect(page.locator(".st-key-panel_unknown_values tr", has_text="网络三部")).to_contain_text(
        "15", timeout=WAIT
    )
