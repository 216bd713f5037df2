"""`board doctor` over a board in order, and over one in which something is not."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from config.settings import Settings
from jobs.commands.doctor_text import run
from queries import db, jobs
from queries.people import accounts, passwords
from tests.build import complaint, organisation, settle

Found = dict[str, tuple[str, str, str]]  # by name: state, what was found, what to do
Doctor = Callable[..., tuple[int, Found]]


@pytest.fixture
def doctor(database_url: str, engine: Engine, tmp_path: Path) -> Doctor:
    """Over the embedded database of this machine, as far as it can tell."""
    (tmp_path / "database-url").write_text(database_url, "utf-8")

    def ask(ahead: float = 0, **given: object) -> tuple[int, Found]:
        here = Settings.model_validate({"data_dir": tmp_path, "sign_in": "local", **given})
        said: list[str] = []
        code = run(here, lambda: datetime.now(UTC) + timedelta(seconds=ahead), said.append, True)
        checks = json.loads(said[0])["checks"]
        return code, {one["name"]: (one["state"], one["found"], one["do"]) for one in checks}

    return ask


@pytest.fixture
def in_order(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", passwords.PasswordHasher(1, 8, 1))
    with engine.begin() as conn:
        organisation(conn)
        now = db.board_now(conn)
        settle(conn, complaint("A", now - timedelta(hours=1)))
        jobs.beat(conn, "here:1", now, {})
        token = accounts.invite(conn, _administrator(conn), "test")
        accounts.accept(conn, token, passwords.hashed("a long enough one"))


def _administrator(conn: object) -> int:
    found: int = conn.execute(  # type: ignore[attr-defined]
        text("SELECT agent_id FROM facts.agent WHERE login = 'administrator'")
    ).scalar_one()
    return found


@pytest.mark.usefixtures("in_order")
def test_a_board_in_order_has_nothing_that_fails(doctor: Doctor) -> None:
    code, found = doctor(phone_hash_key=SecretStr("one long random value"))
    assert code == 0, found
    assert {name for name, one in found.items() if one[0] == "ok"} >= {
        "database", "rights", "revision", "clocks", "job processes", "jobs", "source test", "policy",
        "sign-in", "phone search",
    }  # fmt: skip
    assert found["backups"][0] == found["outlets"][0] == "warn"
    assert all(one[2] for one in found.values() if one[0] != "ok")
    assert not any(one[2] for one in found.values() if one[0] == "ok")


@pytest.mark.usefixtures("in_order")
@pytest.mark.parametrize(
    ("name", "state", "wrong"),
    [
        ("job processes", "fail", "UPDATE journal.process SET beat_at = beat_at - interval '1 min'"),
        (
            "source test",
            "fail",
            "UPDATE journal.feed SET expected_every = 1, heard_at = now() - interval '1h'",
        ),
        ("sign-in", "fail", "UPDATE facts.agent SET locked_at = now()"),
        ("rights", "fail", "GRANT SELECT ON facts.customer_pii TO board_app"),
        ("rights", "fail", "REVOKE INSERT ON facts.complaint FROM board_jobs"),
        ("revision", "fail", "UPDATE public.alembic_version SET version_num = '0001'"),
        (
            "jobs",
            "fail",
            "INSERT INTO journal.job (name, title_en, title_zh, every_seconds) "
            "VALUES ('sweep', 'S', 'S', 1); "
            "INSERT INTO journal.job_run (job, process, started_at, last_at, finished_at, outcome, error) "
            "VALUES ('sweep', 'here:1', now(), now(), now(), 'failed', 'DataError 22000')",
        ),
        ("calendars", "warn", "UPDATE derived.deadline SET provisional = true, met_at = NULL"),
        ("sign-in", "fail", "DROP TABLE access.secret"),
    ],
)
def test_what_is_wrong_is_found_with_what_to_do(
    doctor: Doctor, engine: Engine, name: str, state: str, wrong: str
) -> None:
    with engine.begin() as conn:
        conn.execute(text(wrong))
    code, found = doctor()
    assert found[name][0] == state, found[name]
    assert found[name][2]
    assert code == (1 if state == "fail" else 0)


@pytest.mark.usefixtures("in_order")
def test_clocks_that_differ_and_persons_that_are_chosen_are_named(doctor: Doctor) -> None:
    _code, found = doctor(ahead=60, sign_in="choose")
    assert found["clocks"][0] == "warn"
    assert "differ by 60" in found["clocks"][1]
    assert found["sign-in"][0] == "warn"
    code, found = doctor(sign_in="choose", host="0.0.0.0")
    assert (code, found["sign-in"][0]) == (1, "fail")
    assert doctor(sign_in="oidc")[1]["sign-in"][0] == "warn"


@pytest.mark.usefixtures("in_order")
def test_messages_that_were_given_up_are_named(doctor: Doctor, engine: Engine) -> None:
    address = "https://robot.example/hook"
    assert doctor(webhook_url=address)[1]["outlet webhook"][0] == "warn"
    put = (
        "WITH a AS (INSERT INTO journal.alert (rule, subject, level, decided_at, crossed_at, reason) VALUES "
        "('breached', :state, 'critical', now(), now(), '{}') RETURNING alert_id) "
        "INSERT INTO journal.delivery (delivery_id, alert_id, outlet, recipient, message, state, next_at, "
        "sent_at) SELECT gen_random_uuid(), alert_id, 'webhook', 'x', '{}', :state, now(), "
        "CASE WHEN :state = 'sent' THEN now() END FROM a"
    )
    for state, expected in (("sent", "ok"), ("dead", "fail")):
        with engine.begin() as conn:
            conn.execute(text(put), {"state": state})
        assert doctor(webhook_url=address)[1]["outlet webhook"][0] == expected


@pytest.mark.usefixtures("in_order")
def test_whoever_may_not_look_somewhere_is_told_so(doctor: Doctor) -> None:
    _code, found = doctor(database_role="board_wall")
    assert found["sign-in"][:2] == ("warn", "This user may not look"), found
    assert found["policy"][0] == "ok"


def test_a_program_reads_also_that_the_database_is_away(tmp_path: Path) -> None:
    said: list[str] = []
    here = Settings.model_validate({"database_url": "postgresql://x:secret@127.0.0.1:1/none"})
    assert run(here, lambda: datetime.now(UTC), said.append, True) == 1
    told = json.loads(said[0])
    assert (told["state"], told["checks"][0]["name"]) == ("fail", "database")
    assert "BOARD_DATABASE_URL" in told["checks"][0]["do"]
    assert "secret" not in said[0]


@pytest.mark.usefixtures("in_order")
def test_a_line_each_and_a_sum(database_url: str, tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "database-url").write_text(database_url, "utf-8")
    run(Settings(data_dir=tmp_path), lambda: datetime.now(UTC), said.append, False)
    assert said[0].startswith("ok    database: PostgreSQL ")
    assert said[-1].endswith(" failing.")
