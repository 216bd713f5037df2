"""What lies on the disk is narrow, and a board that lived before keeps all it had."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text

from queries import schema
from queries.jobs import last_runs
from queries.rollups import samples
from tests.build import MONDAY, at, rows
from tests.conftest import _database, _on

GROWING = """
facts.complaint facts.complaint_event facts.callback_attempt facts.survey facts.survey_answer
derived.stint derived.milestone derived.deadline derived.deadline_span derived.callback
derived.co_owner_request derived.survey derived.time_held derived.daily derived.daily_survey
journal.alert journal.delivery journal.job_run
"""


def test_no_text_stands_in_the_key_of_observations(conn: Connection) -> None:
    """There are twenty of them to a complaint; the widest keys are half of what they take."""
    assert rows(
        conn,
        "SELECT attname::text FROM pg_attribute WHERE attlen < 0 "
        "AND attrelid = 'facts.complaint_event_standing'::regclass",
    ) == []  # fmt: skip


def test_tables_that_grow_with_complaints_are_vacuumed_by_a_small_share(conn: Connection) -> None:
    found = rows(
        conn,
        "SELECT n.nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        "WHERE array_to_string(reloptions, ',') ~ 'autovacuum_vacuum_(insert_)?scale_factor=0.(0|1$|1,)'",
    )
    assert set(GROWING.split()) - {name for (name,) in found} == set()


@pytest.fixture
def before(server_url: str, template: str, worker: str) -> Iterator[tuple[str, Engine]]:
    """A database as it was before this revision."""
    name = f"board_before_{worker}"
    _on(server_url, f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
    url = _database(server_url, name)
    engine = create_engine(url)
    config = schema._config()
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        disk = ScriptDirectory.from_config(config).get_revision("0018")
        command.upgrade(config, str(disk.down_revision))
    yield url, engine
    engine.dispose()
    _on(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


OBSERVED = """
INSERT INTO facts.complaint_event (complaint_id, party_id, field, happened_at, source_seq, origin, value,
                                   agent_id, recorded_at)
VALUES (1, 0, 'received', :at, 0, 'source', NULL, NULL, :at), (1, 0, 'tier', :at, 3, 'person', '1', 7, :at),
       (1, 0, 'tier', :at, 3, 'source', NULL, NULL, :at),
       (1, 8, 'requested', :at, 0, 'source', '2', NULL, :at)
"""
ALL_OBSERVED = (
    "SELECT complaint_id, party_id, field::text, happened_at, source_seq, origin::text, value, agent_id, "
    "recorded_at FROM facts.complaint_event ORDER BY party_id, field::text, origin::text"
)


def test_a_board_that_lived_before_keeps_what_it_had(before: tuple[str, Engine]) -> None:
    url, engine = before
    with engine.begin() as conn:
        conn.execute(text(OBSERVED), {"at": MONDAY})
        observed = rows(conn, ALL_OBSERVED)
        for minute, open_complaints in enumerate((5, 5, 5, 6, 6)):
            conn.execute(
                text("INSERT INTO journal.board_sample VALUES (:at, 0, 1, :n, 0, 0, 0, 0, 0, 0, :shown)"),
                {"at": at(minutes=minute), "n": open_complaints, "shown": at(minutes=minute + 0.1)},
            )
        conn.execute(
            text(
                "INSERT INTO derived.daily (day, region_id, department_id, tier, channel, received, entered, "
                "surveys_sent, answers, score_sum, nps_answers, promoters) VALUES "
                "('2026-03-02', 1, 2, 3, 'phone', 4, 5, 0, 0, 0, 0, 0), "
                "('2026-03-02', 1, 2, 3, 'app', 1, 1, 3, 2, 8.5, 2, 1)"
            )
        )
        conn.execute(
            text(
                "INSERT INTO journal.job_run (job, process, started_at, finished_at, outcome, done) "
                "VALUES ('sweep', 'a', :at, :at + interval '2 s', 'done', 9)"
            ),
            {"at": MONDAY},
        )
    schema.migrate(url)
    with engine.begin() as conn:
        assert rows(conn, ALL_OBSERVED) == observed
        assert rows(conn, "SELECT count(*) FROM journal.board_sample") == [(2,)]
        for minute, open_complaints in enumerate((5, 5, 5, 6, 6)):
            kept = samples.recorded(conn, None, at(minutes=minute))
            assert kept is not None
            assert kept.shown_at == at(minutes=minute + 0.1)
            assert [one.open_complaints for one in kept.counts] == [open_complaints]
        assert rows(conn, "SELECT received, entered FROM derived.daily") == [(5, 6)]
        assert rows(conn, "SELECT channel, sent, answers, score_sum FROM derived.daily_survey") == [
            ("app", 3, 2, 8.5)
        ]
        (run,) = last_runs(conn)
        assert (run.last_at, run.runs, run.done, run.longest) == (MONDAY, 1, 9, 2)
        assert run.finished_at == MONDAY + timedelta(seconds=2)


def test_forecasts_of_before_are_kept_under_the_names_of_now(before: tuple[str, Engine]) -> None:
    url, engine = before
    with engine.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO journal.risk_said VALUES "
                "(:at, 1, 'plan', 0, 1, :at, :at, 0.5, 15, 30, 'tier', 1, NULL, NULL, 1)"
            ),
            {"at": MONDAY},
        )
        conn.execute(
            text(
                "INSERT INTO journal.risk_curve (learned_at, curves, learned_from, scores) VALUES "
                "(:at, '', 30, CAST(:scores AS jsonb))"
            ),
            {"at": MONDAY, "scores": '{"quality": {"told": 40, "bins": [{"said": 0.5}]}}'},
        )
    schema.migrate(url)
    with engine.begin() as conn:
        assert rows(conn, "SELECT predicted_at, k, n FROM journal.forecast") == [(MONDAY, 15, 30)]
        assert rows(conn, "SELECT scores FROM journal.risk_curve") == [
            ({"quality": {"with_number": 40, "bins": [{"predicted": 0.5}]}},)
        ]
        assert rows(conn, "SELECT journal.purge('forecast', :now, 5)", now=at(days=1)) == [(1,)]
