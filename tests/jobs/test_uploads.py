"""What an administrator asks on the page of imports is done by one process, also when another was killed."""

import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from config.settings import Settings
from jobs import purge
from jobs import uploads as job
from queries import db
from queries.db import Scope, board_now
from queries.intake import import_tasks, imports, kept_maps, uploads
from queries.intake.import_tasks import LEASE_SECONDS, AlreadyAsked
from tests.build import derive, organisation, rows
from tests.conftest import ROOT
from tests.jobs.dropped import BY, ask, done, drop, read, table, work

NUMBERS = "SELECT external_id FROM facts.complaint WHERE taken_back_at IS NULL ORDER BY 1"
LATER = "T1,2026-03-02 09:00:00,已归档,一级,网络部,2026-03-05 09:00:00,13800001234\n"
KILLED = """
import os, signal, sys
from tests.jobs.dropped import work
from jobs import uploads
from queries import db
engine, calls = db.engine(sys.argv[1]), []
def progress():
    calls.append(1)
    if len(calls) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
uploads.run(work(engine, progress))
"""


@pytest.fixture
def centre(engine: Engine) -> Engine:
    with engine.begin() as conn:
        organisation(conn)
    return engine


def derived(engine: Engine) -> list[object]:
    with engine.begin() as conn:
        derive(conn)
        return [
            rows(conn, f"SELECT to_jsonb(d) FROM derived.{name} d ORDER BY d::text")
            for name in ("stint", "milestone", "deadline", "timer", "callback")
        ]


def test_a_file_is_looked_at_tried_imported_and_taken_back(centre: Engine) -> None:
    upload = drop(centre, table())
    look = done(centre, "look", upload)
    assert look.found is not None
    assert look.found["proposal"]["file"]["encoding"] == "GB18030"
    assert "13800001234" not in str(look.found)
    chosen = {"look": look.task_id, "answers": {}}
    tried = done(centre, "try", upload, **chosen)
    assert tried.found is not None
    assert tried.found["summary"]["rows"] == 4
    assert tried.found["picture"]["complaints"] == 3
    assert tried.found["picture"]["days"] == [["2026-03-03", 1], ["2026-03-02", 2]]
    assert tried.found["picture"]["departments"] == [["NET", 2], ["BILL", 1]]
    assert "13800001237" not in str(tried.found)
    with centre.begin() as conn:
        assert rows(conn, NUMBERS) == []
        assert b"13800001237" in uploads.refused_rows(conn, upload)
    before = derived(centre)
    taken = done(centre, "import", upload, **chosen)
    assert taken.found is not None
    number = taken.found["summary"]["import_id"]
    with centre.begin() as conn:
        assert rows(conn, NUMBERS) == [("T1",), ("T2",), ("T3",)]
        (run,) = imports.last_imports(conn)
        assert (run.import_id, run.asked_by, run.rows_rejected) == (number, BY, 1)
    assert derived(centre) != before
    would = done(centre, "try_take_back", number)
    assert would.found == {"touched": 3, "gone": 3, "changed": 0}
    with centre.begin() as conn:
        assert len(rows(conn, NUMBERS)) == 3
    done(centre, "take_back", number, reason="wrong file")
    assert derived(centre) == before
    with centre.begin() as conn:
        assert rows(conn, NUMBERS) == []
        (run,) = imports.last_imports(conn)
        assert (run.taken_back_by, run.taken_back_reason) == (BY, "wrong file")


def test_a_second_file_taken_back_leaves_what_the_first_said(centre: Engine) -> None:
    first = drop(centre, table())
    look = done(centre, "look", first)
    done(centre, "import", first, look=look.task_id, answers={})
    before = derived(centre)
    second = drop(centre, table(LATER), "工单 2026-03-06.csv")
    look = done(centre, "look", second)
    taken = done(centre, "import", second, look=look.task_id, answers={})
    assert taken.found is not None, taken.problem
    assert derived(centre) != before
    would = done(centre, "take_back", taken.found["summary"]["import_id"], reason="too early")
    assert would.found == {"touched": 1, "gone": 0, "changed": 1}
    assert derived(centre) == before


def test_a_task_is_claimed_by_one_of_two(centre: Engine) -> None:
    ask(centre, "look", drop(centre, table()))
    with centre.begin() as first, centre.begin() as second:
        assert import_tasks.claim(first, uuid4()) is not None
        assert import_tasks.claim(second, uuid4()) is None
    with centre.begin() as conn:
        assert import_tasks.claim(conn, uuid4()) is None


def test_what_a_killed_process_left_is_done_by_another_and_its_run_is_interrupted(
    centre: Engine, database_url: str
) -> None:
    upload = drop(centre, table())
    look = done(centre, "look", upload)
    number = ask(centre, "import", upload, look=look.task_id, answers={})
    killed = subprocess.run([sys.executable, "-c", KILLED, database_url, "3"], cwd=ROOT, timeout=60)
    assert killed.returncode < 0
    assert job.run(work(centre)) == 0  # its lease lasts
    left = read(centre, number)
    assert (left.is_claimed, left.outcome) == (True, None)
    with centre.begin() as conn:
        assert rows(conn, NUMBERS) == []
        conn.execute(
            text("UPDATE journal.import_task SET lease_until = now() - interval '1 s' WHERE outcome IS NULL")
        )
    assert job.run(work(centre)) == 1
    with centre.begin() as conn:
        assert [one.outcome for one in imports.last_imports(conn)] == ["done", "interrupted"]
        assert len(rows(conn, NUMBERS)) == 3


def test_an_import_that_was_committed_before_its_process_was_killed_is_not_done_again(centre: Engine) -> None:
    upload = drop(centre, table())
    look = done(centre, "look", upload)
    done(centre, "import", upload, look=look.task_id, answers={})
    with centre.begin() as conn:
        conn.execute(
            text("UPDATE journal.import_task SET outcome = NULL, found = NULL WHERE kind = 'import'")
        )
    assert job.run(work(centre)) == 1
    with centre.begin() as conn:
        (run,) = imports.last_imports(conn)
        (task, *_rest) = import_tasks.tasks_of_upload(conn, upload)
    assert task.found == {"summary": {"import_id": run.import_id}}


def test_a_process_that_is_asked_to_end_leaves_it_to_another(centre: Engine) -> None:
    number = ask(centre, "look", drop(centre, table()))
    stop = threading.Event()
    assert job.run(replace(work(centre, stop.set), stop=stop)) == 1
    left = read(centre, number)
    assert (left.outcome, left.is_claimed, left.attempts) == (None, False, 0)
    assert job.run(work(centre)) == 1
    assert read(centre, number).outcome == "done"


def test_what_ends_its_process_each_time_is_given_up(centre: Engine) -> None:
    number = ask(centre, "look", drop(centre, table()))
    for _ in range(import_tasks.MOST_ATTEMPTS):
        with centre.begin() as conn:
            assert import_tasks.claim(conn, uuid4()) is not None
            conn.execute(text("UPDATE journal.import_task SET lease_until = now() - interval '1 s'"))
    assert job.run(work(centre)) == 0
    given_up = read(centre, number)
    assert given_up.outcome == "failed"
    assert "begun 3 times" in str(given_up.problem)


def test_whoever_lost_the_claim_ends_nothing(centre: Engine) -> None:
    number = ask(centre, "look", drop(centre, table()))
    with centre.begin() as conn:
        import_tasks.claim(conn, first := uuid4())
        assert import_tasks.renew(conn, number, first, "Reading", 0.5, 7)
        assert not import_tasks.renew(conn, number, uuid4(), "Reading", 0.6, 8)
        assert not import_tasks.end(conn, number, uuid4(), {})
        shown = import_tasks.task(conn, number)
    assert shown is not None
    assert (shown.phase, shown.share, shown.rows_read) == ("Reading", 0.5, 7)


def test_a_file_that_cannot_be_read_fails_with_the_reason(centre: Engine) -> None:
    failed = done(centre, "look", drop(centre, b"PK\x03\x04 no workbook", "a.xlsx"))
    assert failed.outcome == "failed"
    assert "a.xlsx" in str(failed.problem)


def test_a_file_that_is_no_table_is_looked_at_and_none_of_its_rows_comes_in(centre: Engine) -> None:
    upload = drop(centre, b"\x00\x01\x02\xff\xed\xa0\x80" * 200, "a.csv")
    look = done(centre, "look", upload)
    assert look.outcome == "done"
    tried = done(centre, "try", upload, look=look.task_id, answers={})
    assert (tried.outcome, bool(tried.problem)) == ("failed", True)


def test_a_file_without_a_good_row_says_why(centre: Engine) -> None:
    upload = drop(centre, table(",2026-03-03 12:00:00,处理中,三级,网络部,,\n"))
    failed = done(centre, "try", upload, look=done(centre, "look", upload).task_id, answers={})
    assert failed.outcome == "failed"


def test_too_big_and_empty_files_are_not_stored(centre: Engine) -> None:
    with centre.begin() as conn:
        with pytest.raises(uploads.TooBig, match="at most 10 are taken"):
            uploads.store(conn, uuid4(), "a.csv", BytesIO(b"x" * 11), BY, board_now(conn), 10)
        with pytest.raises(uploads.Empty):
            uploads.store(conn, uuid4(), "a.csv", BytesIO(b""), BY, board_now(conn), 10)
        assert rows(conn, "SELECT count(*) FROM journal.upload") == [(0,)]


def test_the_same_press_twice_is_one_upload_and_one_task(centre: Engine) -> None:
    key, task_key = uuid4(), uuid4()
    with centre.begin() as conn:
        now = board_now(conn)
        first, again = (uploads.store(conn, key, "a.csv", BytesIO(b"x"), BY, now, 10) for _ in range(2))
        assert first == again
        for _ in range(2):
            import_tasks.ask(conn, task_key, "look", first, BY, now)
        assert len(import_tasks.tasks_of_upload(conn, first)) == 1
        with pytest.raises(AlreadyAsked):
            import_tasks.ask(conn, uuid4(), "look", first, BY, now)


def test_only_an_administrator_writes_and_reads_and_in_their_own_name(
    centre: Engine, database_url: str
) -> None:
    drop(centre, table())
    app = db.engine(database_url, role="board_app")
    administrator = Scope("administrator", "administrator", None)
    supervisor, claims = Scope("supervisor", "supervisor", None), Scope("supervisor", "administrator", None)
    for who in (supervisor, claims):
        with pytest.raises(ProgrammingError, match="row-level security"), db.writing(app, who) as conn:
            uploads.store(conn, uuid4(), "a.csv", BytesIO(b"x"), "supervisor", board_now(conn), 10)
        with pytest.raises(ProgrammingError, match="row-level security"), db.writing(app, who) as conn:
            kept_maps.keep_map(conn, "a", "", "supervisor", board_now(conn))
    with pytest.raises(ProgrammingError, match="row-level security"), db.writing(app, administrator) as conn:
        uploads.store(conn, uuid4(), "a.csv", BytesIO(b"x"), "supervisor", board_now(conn), 10)
    with db.writing(app, administrator) as conn:
        uploads.store(conn, uuid4(), "a.csv", BytesIO(b"x"), "administrator", board_now(conn), 10)
    for table_name in ("upload", "upload_chunk"):
        sql = f"SELECT count(*) FROM journal.{table_name}"
        with db.reading(app, supervisor) as conn:
            assert rows(conn, sql) == [(0,)]
        with db.reading(app, administrator) as conn:
            assert rows(conn, sql) == [(2,)]
    wall = db.engine(database_url, role="board_wall")
    with pytest.raises(ProgrammingError, match="permission denied"), wall.begin() as conn:
        conn.execute(text("SELECT * FROM journal.upload"))


def test_the_job_has_the_rights_that_it_needs(centre: Engine, database_url: str) -> None:
    jobs = db.engine(database_url, role="board_jobs")
    upload = drop(centre, table())
    ask(centre, "look", upload)
    assert job.run(work(jobs)) == 1
    with centre.begin() as conn:
        look = import_tasks.tasks_of_upload(conn, upload)[0]
    assert look.outcome == "done", look.problem
    for kind in ("try", "import"):
        ask(centre, kind, upload, look=look.task_id, answers={})
        assert job.run(work(jobs)) == 1
    with centre.begin() as conn:
        taken = import_tasks.tasks_of_upload(conn, upload)[0]
    assert taken.found is not None, taken.problem
    for kind in ("try_take_back", "take_back"):
        ask(centre, kind, taken.found["summary"]["import_id"], reason="test")
        assert job.run(work(jobs)) == 1
    with centre.begin() as conn:
        assert rows(conn, NUMBERS) == []


def test_bytes_go_when_they_are_imported_given_up_or_old(centre: Engine) -> None:
    imported, given_up, old, young = (drop(centre, table(), f"{n}-2026-03-04.csv") for n in range(4))
    done(centre, "import", imported, look=done(centre, "look", imported).task_id, answers={})
    days = timedelta(days=Settings().upload_days, seconds=1)
    with centre.begin() as conn:
        now = board_now(conn)
        assert uploads.give_up(conn, given_up, now)
        assert not uploads.give_up(conn, given_up, now)
        conn.execute(
            text("UPDATE journal.upload SET uploaded_at = :at WHERE upload_id = :old"),
            {"at": now - days, "old": old},
        )
    purge.run(work(centre))
    with centre.begin() as conn:
        left = rows(conn, "SELECT DISTINCT upload_id, kind FROM journal.upload_chunk ORDER BY 1")
        assert left == [(imported, "refused"), (young, "given")]
        cleared = rows(conn, "SELECT upload_id FROM journal.upload WHERE cleared_at IS NOT NULL ORDER BY 1")
        assert cleared == [(imported,), (given_up,), (old,)]
    gone = done(centre, "look", old)
    assert "drop it again" in str(gone.problem)


def test_who_asks_wakes_the_job(centre: Engine) -> None:
    upload = drop(centre, table())
    listener = db.Listener(centre, db.DERIVE_CHANNEL)
    ask(centre, "look", upload)
    assert listener.wait(5.0) == [job.JOB.name]
    listener.close()
    assert LEASE_SECONDS > 10 * job.RENEWED_EVERY


def test_kept_maps_and_those_of_the_board_are_chosen_by_name(centre: Engine) -> None:
    upload = drop(centre, table())
    tried = done(centre, "try", upload, look=done(centre, "look", upload).task_id, answers={})
    assert tried.found is not None
    with centre.begin() as conn:
        for body in ("older", tried.found["map"]):
            kept_maps.keep_map(conn, "工单", body, BY, board_now(conn))
        (kept,) = kept_maps.kept_maps(conn)
    again = done(centre, "try", upload, kept=kept.map_id)
    assert again.found == tried.found
    wrong = done(centre, "try", upload, name="boston311")
    assert wrong.outcome == "failed"
    assert "case_enquiry_id" in str(wrong.problem)


def test_what_a_killed_process_left_of_a_dropped_file_goes_and_a_living_one_s_stays(
    centre: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    for process in (killed.pid, os.getpid()):
        (tmp_path / f"{job.FOLDER}{process}-x").mkdir()
    (tmp_path / f"{job.FOLDER}{killed.pid}-x" / "customers.csv").write_bytes(table())
    done(centre, "look", drop(centre, table()))
    assert [one.name for one in tmp_path.iterdir()] == [f"{job.FOLDER}{os.getpid()}-x"]
