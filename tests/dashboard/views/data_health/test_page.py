"""The page of data health: what is said in either language, and to whom."""

import json

import pytest
from sqlalchemy import Engine, text

from config.vocabulary import ALL_MILESTONES
from dashboard.locale import use
from dashboard.pages import PAGES
from queries import db
from queries.intake import door
from queries.intake.facts import Source
from tests.build import complaint, derive
from tests.dashboard.page_runs import html, run

HEALTH = next(page for page in PAGES if page.name == "data_health")
IMPORT = """
INSERT INTO journal.import_run (source, file_name, file_sha256, started_at, finished_at, rows_read, rows_kept,
                                rows_rejected, outcome, reasons)
VALUES ('crm', 'monday.csv', 'x', now(), now(), 10, 2, 3, 'done', CAST(:reasons AS jsonb))
"""
REASONS = [{"kind": "refused", "column": "受理时间", "reason": "lies in the future", "count": 3, "rows": [4]}]


@pytest.fixture
def filled(opened: None, engine: Engine) -> None:
    """A source that has been silent for an hour, a complaint without department, an import with refusals."""
    with engine.begin() as conn:
        now = db.board_now(conn)
        source = Source("crm", ALL_MILESTONES, expected_every=60)
        door.take(conn, source, complaint("A <b>", now, region="GD-SZ", department=None), now)
        derive(conn)
        conn.execute(text("UPDATE journal.feed SET heard_at = heard_at - interval '1 h'"))
        conn.execute(text(IMPORT), {"reasons": json.dumps(REASONS)})
        db.raise_version(conn, now)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            (
                "✕ silent",
                "See whether the program that brings it runs",
                "▲ 1</a>",
                "list=no_department",
                "1 are open; click a number for its list",
                "monday.csv",
                "3 × 受理时间: in the future",
                "Correct the rows in the reject file",
            ),
        ),
        (
            "zh",
            ("✕ 无数据", "检查送数程序是否在运行", "未结且无部门", "共 1 件未结", "更正另存文件"),
        ),
    ],
)
def test_what_is_not_in_order_is_said_with_what_to_do(
    filled: None, lang: str, words: tuple[str, ...]
) -> None:
    app = run(HEALTH, lang=lang, person="administrator")
    use("en")
    assert not app.exception
    shown = html(app)
    for word in words:
        assert word in shown, word


@pytest.mark.usefixtures("filled")
def test_a_number_leads_to_its_list() -> None:
    app = run(HEALTH, list="no_department", person="administrator")
    assert not app.exception
    shown = html(app)
    assert "A &lt;b&gt;" in shown
    assert "Open without department" in shown
    assert "✕ silent" not in shown


@pytest.mark.usefixtures("opened")
def test_an_empty_board_says_what_to_do_first() -> None:
    app = run(HEALTH, person="administrator")
    assert not app.exception
    assert "No source has brought anything yet." in html(app)
    assert "Every row of the last imports was taken whole." in html(app)


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(("lang", "words"), [("en", "✕ its tables have changed"), ("zh", "✕ 表结构已变更")])
def test_a_connected_system_that_fails_says_why(engine: Engine, lang: str, words: str) -> None:
    put = (
        "INSERT INTO journal.sync (subject, source, kind, expected_every, failures, failing_since, "
        "error_kind, error) VALUES ('crm_cases', 'crm', 'database', 15, 2, now(), 'schema', 'x')"
    )
    with engine.begin() as conn:
        conn.execute(text(put))
        db.raise_version(conn, db.board_now(conn))
    app = run(HEALTH, lang=lang, person="administrator")
    use("en")
    assert not app.exception
    assert words in html(app)


@pytest.mark.usefixtures("filled")
def test_an_unknown_list_is_the_page_itself() -> None:
    assert "Complaints to look at" in html(run(HEALTH, list="'; DROP", person="administrator"))


@pytest.mark.usefixtures("opened")
def test_whoever_is_neither_manager_nor_administrator_is_told_so() -> None:
    assert "not available to your role" in html(run(HEALTH, person="scheduler"))
