"""The same over a MariaDB, whose session, types and errors differ."""

import pytest
from sqlalchemy import text

from jobs.sources.syncing.reading import reading
from tests.jobs.sources.syncing.crm import MAP, NOW, Crm, living

LATER = f"updated_at = {NOW['mysql']}"


def test_first_contact_polls_and_the_comparison(crm_on_mariadb: Crm) -> None:
    crm = crm_on_mariadb
    crm.add("T1", "T2", "T3")
    assert crm.compare().complaints == 3
    crm.add("T4")
    crm.do(f"UPDATE ticket SET status = 'done', closed_at = {NOW['mysql']}, {LATER} WHERE number = 'T1'")
    poll = crm.poll()
    assert (poll.new, poll.changed) == (1, 1)
    crm.do("UPDATE ticket SET department = 'BILL' WHERE number = 'T2'")
    crm.do("DELETE FROM ticket WHERE number = 'T3'")
    found = crm.compare()
    assert (found.unstamped, found.gone) == (1, 1)
    assert crm.complaints() == {
        "T1": "closed", "T2": "in_progress", "T3": "vanished", "T4": "in_progress",
    }  # fmt: skip
    assert (crm.poll().new, crm.compare().changed) == (0, 0)


def test_instants_are_those_of_the_maps_zone_and_texts_stay_as_they_are(crm_on_mariadb: Crm) -> None:
    crm = crm_on_mariadb
    crm.do("ALTER TABLE ticket MODIFY received_at timestamp(6) NULL, MODIFY status char(20)")
    crm.do("SET time_zone = '+08:00'")
    crm.do(
        "INSERT INTO ticket (number, title, department, received_at, updated_at, status) VALUES "
        "('0007', '路由器：100% \\\\ 掉线 🙁', '网络部', FROM_UNIXTIME(1795165500.25), "
        "'2026-11-20 09:06:00', 'open')"
    )
    crm.compare()
    assert crm.has(
        "SELECT external_id, title, extract(epoch FROM received_at)::float8 FROM facts.complaint"
    ) == [("0007", "路由器：100% \\ 掉线 🙁", 1795165500.25)]
    assert crm.has(
        "SELECT to_char(last_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM facts.statement"
    ) == [("2026-11-20 01:06",)]


@pytest.mark.parametrize(
    ("drift", "said"),
    [
        ("ALTER TABLE ticket DROP COLUMN department", "'department' is not there any more"),
        ("ALTER TABLE ticket CHANGE status state varchar(40)", "'status' is not there any more"),
        ("ALTER TABLE ticket MODIFY status int", "'status' of the source is now number; it was text"),
        ("ALTER TABLE ticket RENAME TO tickets", "'ticket' is not there any more"),
    ],
    ids=["gone", "renamed", "other type", "table"],
)
def test_a_changed_table_is_told_by_its_column(crm_on_mariadb: Crm, drift: str, said: str) -> None:
    crm = crm_on_mariadb
    crm.compare()
    crm.do(drift)
    failed = crm.refused()
    assert failed.kind == "schema"
    assert said in str(failed)


def test_a_query_that_takes_too_long_is_broken_off(crm_on_mariadb: Crm) -> None:
    crm = crm_on_mariadb
    crm.add("T1")
    crm.compare()
    slow = MAP.replace("FROM ticket", "FROM ticket WHERE SLEEP(5) = 0")
    crm.made = living(slow.replace('key = "id"', 'key = "id"\nread_timeout = 1'))
    assert crm.refused().kind == "slow"


def test_the_session_can_write_nothing_and_holds_no_lock(crm_on_mariadb: Crm) -> None:
    crm = crm_on_mariadb
    crm.add("T1")
    with reading(crm.made.source, lambda _name: crm.url, None, whole=False) as reader:
        with pytest.raises(Exception, match="READ ONLY"):
            reader._conn.execute(text("DELETE FROM ticket"))
        assert len(list(reader.rows(None, crm.has("SELECT now()")[0][0]))) == 1  # type: ignore[arg-type]
        crm.do("UPDATE ticket SET status = 'done'")


def test_a_server_that_is_away_is_told(crm_on_mariadb: Crm) -> None:
    crm_on_mariadb.url = "mysql://nobody@127.0.0.1:1/none"
    assert crm_on_mariadb.refused("compare").kind == "away"
