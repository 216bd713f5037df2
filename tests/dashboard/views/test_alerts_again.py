"""The page of alerts: sending again what was not delivered, and breaches that were over when seen."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from config.settings import Settings, settings
from dashboard import reads
from dashboard.locale import Language, use
from dashboard.pages import PAGES
from jobs import sweep
from jobs.work import Work
from queries.db import board_now
from queries.intake.facts import Batch, Observation
from tests.build import complaint, organisation, rows, settle
from tests.dashboard.page_runs import run

(PAGE,) = [page for page in PAGES if page.name == "alerts"]


@pytest.fixture
def refused(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Two breaches, one of them over before a sweep looked, and one message that the receiver refused."""
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    with engine.begin() as conn:
        organisation(conn)
        now = board_now(conn)
        received = now - timedelta(minutes=12)
        settle(conn, complaint("OPEN", received, tier=1), complaint("OVER", received))
        met = Observation("OVER", "first_contact", now - timedelta(seconds=30), None, 9)
        settle(conn, Batch(observations=[met]))
    sweep.run(Work(engine, Settings(webhook_url="http://127.0.0.1:9/"), "t", now, lambda: None, dict))
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "UPDATE journal.delivery SET state = 'failed', attempts = 1, last_error = 'HTTP 401', "
            "given_up_at = now()"
        )
    reads.connect(engine)
    yield engine
    use("en")
    settings.cache_clear()


@pytest.mark.parametrize(
    ("language", "button", "said"),
    [
        ("en", "Send 1 message again", "1 message is being sent again."),
        ("zh", "重新发送 1 条", "正在重新发送 1 条消息。"),
    ],
)
def test_one_press_sends_what_was_refused_again(
    refused: Engine, language: Language, button: str, said: str
) -> None:
    app = run(PAGE, lang=language)
    use(language)
    assert not app.exception
    (press,) = [one for one in app.button if one.label == button]
    press.click()
    app.run()
    assert not app.exception
    assert [one.value for one in app.success] == [said]
    assert [one.label for one in app.button if one.label == button] == []
    with refused.begin() as conn:
        assert rows(conn, "SELECT state FROM journal.delivery") == [("waiting",)]
        assert rows(conn, "SELECT action FROM journal.audit") == [("send_again",)]


@pytest.mark.parametrize(("language", "over"), [("en", "breached, ended"), ("zh", "已超时，")])
def test_a_breach_that_was_over_is_shown_as_such(refused: Engine, language: Language, over: str) -> None:
    app = run(PAGE, lang=language)
    use(language)
    app.session_state.alerts_which = "all"
    app.run()
    (table,) = app.dataframe
    shown = table.value.astype(str).to_string()
    assert over in shown
