"""A file of an operator, from the drop to the complaint and back."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from jobs import uploads as job
from tests.browser.conftest import Serve
from tests.build import organisation, rows
from tests.jobs.dropped import table, work

expect.set_options(timeout=30_000)
NAME = "工单 2026-03-04.csv"


@pytest.fixture
def centre(engine: Engine) -> Engine:
    with engine.begin() as conn:
        organisation(conn)
    return engine


def done_by_a_job(page: Page, engine: Engine) -> None:
    expect(page.get_by_text("Waits for a job process")).to_be_visible()
    assert job.run(work(engine)) == 1


def test_a_file_is_dropped_answered_imported_and_taken_back(
    browser: Browser, page: Page, serve: Serve, centre: Engine, tmp_path: Path
) -> None:
    file = tmp_path / NAME
    file.write_bytes(table())
    server = serve("dashboard")
    page.goto(f"{server.url}/imports?lang=en&person=administrator")
    page.set_input_files("input[type=file]", file)
    done_by_a_job(page, centre)
    expect(page.get_by_text("encoding: GB18030")).to_be_visible()
    page.get_by_text("yes", exact=True).last.click()  # customers are called back
    page.get_by_role("button", name="See what would come in").click()
    done_by_a_job(page, centre)
    expect(page.get_by_text("Complaints by day of receipt")).to_be_visible()
    expect(page.get_by_text("Network", exact=True)).to_be_visible()
    page.get_by_role("button", name="Import it").click()
    done_by_a_job(page, centre)
    expect(page.get_by_text("Import 1 is done.")).to_be_visible()
    with centre.begin() as conn:
        ((complaint_id,),) = rows(conn, "SELECT complaint_id FROM facts.complaint WHERE external_id = 'T1'")
        assert rows(conn, "SELECT milestones @> '{callback}' FROM facts.source") == [(True,)]
    found = browser.new_page(viewport={"width": 1366, "height": 768})
    found.goto(f"{server.url}/complaint?complaint={complaint_id}&lang=en&person=administrator")
    expect(found.get_by_text("T1", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Drop another file").click()
    page.locator(".st-key-import_back input").click()
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="See what it would change").click()
    done_by_a_job(page, centre)
    reason = page.get_by_label("Why (shown beside the import)")
    reason.fill("wrong month")
    reason.press("Tab")
    page.get_by_role("button", name="Take it back", exact=True).click()
    done_by_a_job(page, centre)
    expect(page.get_by_text("Import 1 is taken back.")).to_be_visible()
    expect(page.get_by_text("wrong month")).to_be_visible()
    with centre.begin() as conn:
        assert rows(conn, "SELECT external_id FROM facts.complaint WHERE taken_back_at IS NULL") == []
    found.reload()
    expect(found.get_by_text("T1", exact=True)).to_have_count(0)
    found.close()
