"""What changes at the source is on the board; nothing is lost, nothing doubled, whatever happens there."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.jobs.sources.syncing.crm import MAP, Crm, add, living, source_now


def test_the_first_contact_brings_everything_and_a_poll_what_changed_since(crm: Crm) -> None:
    crm.add("T1", "T2")
    first = crm.compare()
    assert (first.read, first.new, first.complaints) == (2, 2, 2)
    crm.add("T3")
    crm.do(
        "UPDATE ticket SET status = 'done', closed_at = updated_at, updated_at = updated_at + "
        "interval '1 second' WHERE number = 'T1'"
    )
    poll = crm.poll()
    assert (poll.new, poll.changed, poll.complaints) == (1, 1, 1)
    assert crm.complaints() == {"T1": "closed", "T2": "in_progress", "T3": "in_progress"}
    again = crm.poll()
    assert (again.read, again.new, again.changed) == (3, 0, 0)
    assert crm.state().rows_taken == 4


def test_a_row_that_is_committed_late_lies_within_the_overlap(crm: Crm) -> None:
    """Stamped before the poll, committed after it, by a clock that is three minutes behind as well."""
    crm.add("T1")
    crm.compare()
    crm.poll()
    with crm.transaction() as conn:
        late = source_now(conn) - timedelta(minutes=8)
        add(conn, "T2", late)
    assert crm.poll().complaints == 1
    assert set(crm.complaints()) == {"T1", "T2"}


def test_what_no_poll_can_see_the_comparison_finds(crm: Crm) -> None:
    """A change without a stamp, a row that was committed an hour late, a row that was deleted."""
    crm.add("T1", "T2", "T3")
    crm.compare()
    crm.do("UPDATE ticket SET department = 'BILL' WHERE number = 'T1'")
    crm.do("DELETE FROM ticket WHERE number = 'T2'")
    with crm.transaction() as conn:
        add(conn, "T4", source_now(conn) - timedelta(hours=1))
    crm.do("UPDATE ticket SET updated_at = updated_at - interval '1 hour' WHERE number = 'T1'")
    assert crm.poll().changed == 0
    found = crm.compare()
    assert (found.missed, found.unstamped, found.gone) == (1, 1, 1)
    assert crm.complaints() == {
        "T1": "in_progress", "T2": "vanished", "T3": "in_progress", "T4": "in_progress",
    }  # fmt: skip
    assert department(crm, "T1") == "BILL"
    state = crm.state()
    assert (state.rows_known, state.rows_missed, state.rows_unstamped, state.rows_gone) == (3, 1, 1, 1)
    again = crm.compare()
    assert (again.new, again.changed, again.gone) == (0, 0, 0)


def department(crm: Crm, number: str) -> object:
    return crm.has(
        "SELECT d.code FROM facts.complaint c JOIN facts.department d USING (department_id) "
        "WHERE c.external_id = :number",
        number=number,
    )[0][0]


def test_a_row_that_comes_back_is_no_longer_vanished(crm: Crm) -> None:
    crm.add("T1", "T2")
    crm.compare()
    crm.do("CREATE TABLE kept AS SELECT * FROM ticket WHERE number = 'T1'")
    crm.do("DELETE FROM ticket WHERE number = 'T1'")
    crm.compare()
    assert crm.complaints()["T1"] == "vanished"
    crm.do("INSERT INTO ticket OVERRIDING SYSTEM VALUE SELECT * FROM kept")
    assert crm.compare().changed == 1
    assert crm.complaints()["T1"] == "in_progress"


def test_a_restored_backup_is_as_the_source_says_now(crm: Crm) -> None:
    """Time goes back: T1 stands as it stood, T2 was never received, T3 is another than before."""
    crm.add("T1")
    crm.compare()
    crm.do("CREATE TABLE backup AS SELECT * FROM ticket")
    crm.do(
        "UPDATE ticket SET status = 'done', department = 'BILL', closed_at = updated_at, "
        "updated_at = updated_at + interval '1 second'"
    )
    crm.add("T2")
    crm.poll()
    assert crm.complaints() == {"T1": "closed", "T2": "in_progress"}
    crm.do("DELETE FROM ticket")
    crm.do("INSERT INTO ticket OVERRIDING SYSTEM VALUE SELECT * FROM backup")
    crm.compare()
    assert crm.complaints() == {"T1": "in_progress", "T2": "vanished"}
    assert department(crm, "T1") == "NET"


def test_the_statements_on_the_board_are_never_doubled(crm: Crm) -> None:
    crm.add("T1")
    crm.compare()
    for _ in range(3):
        crm.poll()
        crm.compare()
    assert crm.has("SELECT count(*) FROM facts.statement") == [(1,)]
    assert crm.has("SELECT field, count(*) FROM facts.complaint_event GROUP BY 1 HAVING count(*) > 1") == []


def test_so_many_rows_less_at_once_are_not_believed_unless_it_is_said(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.sources.syncing.polling.FEW_GONE", 3)
    crm.add(*(f"T{n}" for n in range(10)))
    crm.compare()
    crm.do("DELETE FROM ticket WHERE number < 'T5'")
    failed = crm.refused("compare")
    assert failed.kind == "gone"
    assert "5 of 10 rows" in str(failed)
    assert set(crm.complaints().values()) == {"in_progress"}
    assert crm.compare(accept=True).gone == 5
    assert list(crm.complaints().values()).count("vanished") == 5


def test_another_map_reads_all_rows_again_without_saying_that_they_changed(crm: Crm) -> None:
    crm.add("T1", "T2")
    crm.compare()
    crm.made = living(MAP.replace('open = "in_progress"', 'open = "waiting_customer"'))
    found = crm.compare()
    assert (found.changed, found.unstamped) == (2, 0)
    assert set(crm.complaints().values()) == {"waiting_customer"}
    stamps = crm.has(
        "SELECT max(last_at) = (SELECT max(stated_at) FROM journal.sync_row) FROM facts.statement"
    )
    assert stamps == [(True,)]
    assert crm.compare().changed == 0


def test_a_row_that_is_refused_is_known_with_its_reason_until_it_is_mended(crm: Crm) -> None:
    crm.add("T1", "T2")
    crm.do("UPDATE ticket SET status = 'odd' WHERE number = 'T1'")
    crm.do("UPDATE ticket SET number = '' WHERE number = 'T2'")
    first = crm.compare()
    assert (first.kept, first.refused) == (1, 1)
    problems = "SELECT problem FROM journal.sync_row WHERE problem IS NOT NULL ORDER BY 1"
    [kept, refused] = [str(problem) for (problem,) in crm.has(problems)]
    assert kept.startswith("kept: status: is no status; known are")
    assert refused == "refused: number: is empty"
    crm.do("UPDATE ticket SET status = 'open', updated_at = updated_at + interval '1 second'")
    crm.do("UPDATE ticket SET number = 'T2' WHERE number = ''")
    crm.poll()
    assert crm.has(problems) == []
    assert crm.complaints() == {"T1": "in_progress", "T2": "in_progress"}


def test_two_rows_with_one_key_are_named(crm: Crm) -> None:
    crm.add("T1", "T2")
    crm.made = living(MAP.replace('key = "id"', 'key = "department"'))
    failed = crm.refused("compare")
    assert failed.kind == "setup"
    assert "the same key" in str(failed)


def test_a_poll_without_a_column_that_tells_changes_reads_all_rows(crm: Crm) -> None:
    crm.add("T1", "T2")
    crm.made = living(MAP.replace('changed_column = "updated_at"', ""))
    crm.compare()
    crm.do("UPDATE ticket SET department = 'BILL' WHERE number = 'T1'")
    crm.do("DELETE FROM ticket WHERE number = 'T2'")
    found = crm.poll()
    assert (found.changed, found.gone) == (1, 1)
    assert crm.complaints() == {"T1": "in_progress", "T2": "vanished"}


def test_the_session_at_the_source_can_write_nothing(crm: Crm) -> None:
    crm.add("T1")
    crm.do(
        "CREATE FUNCTION write() RETURNS int LANGUAGE sql AS $$ INSERT INTO ticket (number, received_at, "
        "updated_at) VALUES ('X', now(), now()) RETURNING 1 $$"
    )
    crm.made = living(MAP.replace("FROM ticket", "FROM ticket WHERE write() = 1"))
    assert crm.refused("compare").kind == "setup"
    with crm.engine.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM ticket")).scalar_one() == 1


def test_pages_may_count_what_was_refused_and_not_see_which(crm: Crm) -> None:
    counted = "SELECT problem, count(*) FROM journal.sync_row WHERE problem IS NOT NULL GROUP BY 1"
    with crm.board.begin() as conn:
        conn.execute(text("SET LOCAL ROLE board_app"))
        assert conn.execute(text(counted)).all() == []
        assert conn.execute(text("SELECT count(*) FROM journal.sync")).scalar_one() == 0
        with pytest.raises(ProgrammingError, match="permission denied"):
            conn.execute(text("SELECT key FROM journal.sync_row"))


def test_what_a_source_whose_clock_is_ahead_has_deleted_is_gone_once_its_last_word_has_come(crm: Crm) -> None:
    with crm.engine.connect() as conn:
        ahead = source_now(conn) + timedelta(minutes=3)
    crm.add("T1", at=ahead)
    crm.compare()
    crm.do("DELETE FROM ticket WHERE number = 'T1'")
    assert crm.compare().gone == 1
    assert crm.complaints() == {"T1": "vanished"}
