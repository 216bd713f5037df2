"""Whatever instant a database holds can be drawn: the years 1 and 9999, and the infinities."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from streamlit.testing.v1 import AppTest

import dashboard
from config.settings import settings
from dashboard import reads
from dashboard.controls.columns import stamp
from dashboard.controls.moment import NoMoment, from_url, full, read_minute
from dashboard.locale import use
from dashboard.locale.shown import due, when
from dashboard.pages import PAGES
from jobs.commands import explain, explain_text
from jobs.commands.due_text import local
from tests.build import at, complaint, derive, id_of, organisation, settle
from tests.config.instants import ENDS, instants
from tests.dashboard.page_runs import run

SHANGHAI, LOS_ANGELES = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FINITE = ("9999-12-31T23:59:59-08:00", "0001-01-01T00:00:00+08:00")
FAR = ("infinity", "-infinity", *FINITE)
WALL = str(Path(dashboard.__file__).with_name("wall.py"))
LISTS = [("risk", one) for one in ("riskiest", "breached", "coming")] + [
    (page, "all") for page in ("backlog", "co_owners", "problems", "alert_precision", "callbacks")
]


@given(instants, st.sampled_from([SHANGHAI, LOS_ANGELES]))
def test_every_instant_is_put_in_words(moment: datetime, zone: ZoneInfo) -> None:
    assert when(moment, zone)
    assert due(moment, zone, NOW)
    assert full(moment, zone)
    assert stamp(moment, zone)


@given(st.integers() | st.integers(-(1 << 40), 1 << 40))
def test_every_number_of_seconds_is_shown_as_a_time(seconds: int) -> None:
    assert local(seconds, LOS_ANGELES).isoformat()
    assert explain_text._at(seconds, SHANGHAI)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_promise_without_an_end_is_no_day_of_a_year_that_nobody_sees(language: str) -> None:
    use("zh" if language == "zh" else "en")
    far = datetime(9999, 12, 31, tzinfo=UTC)
    assert (
        when(far, SHANGHAI)
        == due(far, SHANGHAI, NOW)
        == ("2200 年或更晚" if language == "zh" else "2200 or later")
    )
    use("en")


@given(st.text(max_size=40) | instants.map(datetime.isoformat) | st.sampled_from(ENDS))
def test_whatever_an_address_or_a_person_names_is_a_past_moment_or_a_sentence(written: str) -> None:
    for read in (from_url, read_minute):
        try:
            assert read(written, NOW, SHANGHAI) < NOW
        except NoMoment as problem:
            assert str(problem).endswith((".", "today", "”."))


@pytest.mark.parametrize("as_of", ENDS)
def test_an_address_of_a_far_moment_gets_a_sentence_on_the_dashboard_and_the_wall(
    opened: None, as_of: str
) -> None:
    told = f"“{as_of}” is outside the years 1970 to 2199. Showing the present."
    page = run(PAGES[0], lang="en", as_of=as_of)
    assert not page.exception
    assert [one.value for one in page.warning] == [told]
    wall = AppTest.from_file(WALL, default_timeout=30)
    wall.query_params["as_of"] = as_of
    assert not wall.run().exception
    assert wall.session_state.wrong_moment == told


@pytest.fixture
def far(engine: Engine, conn: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Complaints of which the facts name far instants, and others that were derived with such."""
    monkeypatch.setenv("BOARD_DEMO", "true")
    monkeypatch.setenv("BOARD_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    settings.cache_clear()
    organisation(conn)
    lived = (
        ("first_contact", at(1), None),
        ("1.requested", at(1), "BILL"),
        ("status", at(2), "waiting_co_owner"),
        ("2.requested", at(2), "NET"),
        ("2.responded", at(3), None),
    )
    settle(conn, *(complaint(f"told {n}", at(), *lived) for n in range(len(FAR))))
    settle(conn, *(complaint(f"derived {n}", at(), *lived, tier=1) for n in range(len(FAR))))
    for n, instant in enumerate(FAR):
        _tell(conn, id_of(conn, f"told {n}"), instant)
    for n, instant in enumerate(FINITE):  # deriving never writes an infinite one
        _spoil(conn, id_of(conn, f"derived {n}"), instant)
    derive(conn)
    keys = [id_of(conn, f"{how} {n}") for how in ("told", "derived") for n in range(len(FAR))]
    conn.commit()
    reads.connect(engine)
    yield keys
    settings.cache_clear()


def _tell(conn: Connection, key: int, instant: str) -> None:
    for field, value in (("promised", instant), ("status", "in_progress"), ("feedback", None)):
        conn.execute(
            text(
                "INSERT INTO facts.complaint_event (complaint_id, field, happened_at, source_seq, value, "
                "recorded_at) VALUES (:key, :field, CAST(:at AS timestamptz), 9, :value, now())"
            ),
            {"key": key, "field": field, "at": instant, "value": value},
        )
    conn.execute(
        text("UPDATE facts.complaint SET promised_at = :at WHERE complaint_id = :key"),
        {"at": instant, "key": key},
    )
    conn.execute(text("INSERT INTO derived.dirty (complaint_id) VALUES (:key)"), {"key": key})


def _spoil(conn: Connection, key: int, instant: str) -> None:
    """Every instant of the complaint that stands in no key."""
    columns = conn.execute(
        text(
            "SELECT c.table_schema, c.table_name, c.column_name FROM information_schema.columns c "
            "JOIN information_schema.tables t USING (table_schema, table_name) "
            "WHERE c.table_schema IN ('facts', 'derived') AND c.data_type = 'timestamp with time zone' "
            "AND t.table_type = 'BASE TABLE' AND EXISTS (SELECT FROM information_schema.columns k "
            "WHERE (k.table_schema, k.table_name) = (c.table_schema, c.table_name) "
            "AND k.column_name = 'complaint_id') AND NOT EXISTS (SELECT "
            "FROM information_schema.key_column_usage u WHERE (u.table_schema, u.table_name, u.column_name) "
            "= (c.table_schema, c.table_name, c.column_name))"
        )
    ).all()
    assert len(columns) > 30
    for schema, table, column in columns:
        conn.execute(
            text(f'UPDATE {schema}.{table} SET "{column}" = :at WHERE complaint_id = :key'),
            {"at": instant, "key": key},
        )


def test_every_page_the_wall_and_the_command_tell_what_far_instants_stand_in_the_database(
    far: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    pages = {page.name: page for page in PAGES}
    failed = [name for name, page in pages.items() if run(page, lang="en", period="90d").exception]
    failed += [f"{name} {one}" for name, one in LISTS if run(pages[name], list=one, rows="500").exception]
    failed += [f"complaint {key}" for key in far if run(pages["complaint"], complaint=str(key)).exception]
    wall = AppTest.from_file(WALL, default_timeout=60).run()
    assert (failed, list(wall.exception)) == ([], [])
    assert [record.getMessage() for record in caplog.records if "failed" in record.getMessage()] == []
    for key in far:
        lines: list[str] = []
        explain.run(settings(), str(key), lines.append, as_json=False)
        explain.run(settings(), str(key), lines.append, as_json=True)
        assert lines
