"""A source that cannot be read is told by name and column; the others go on, and it recovers by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from jobs.failures import PartsFailed
from jobs.sources.syncing.each import compare_due, poll_due, write_down
from jobs.sources.syncing.living import Maps
from jobs.sources.syncing.polling import How, back_off, poll
from queries.alerts.rule import end, find
from queries.alerts.rules import feed_silent, source_failing
from queries.db import board_now
from tests.jobs.sources.syncing.crm import MAP, NOW, Crm, living

NOTES = MAP.replace('source = "crm"', 'source = "second"')


def alerts(crm: Crm) -> list[str]:
    """Rules and sources of the open ones."""
    with crm.board.begin() as conn:
        now = board_now(conn)
        for rule in (source_failing.RULE, feed_silent.RULE):
            find(conn, rule, now)
            end(conn, rule, now)
    found = crm.has(
        "SELECT rule || ' ' || (reason ->> 'source') FROM journal.alert WHERE ended_at IS NULL ORDER BY 1"
    )
    return [str(one) for (one,) in found]


@pytest.mark.parametrize(
    ("drift", "mended", "named"),
    [
        (
            "ALTER TABLE ticket DROP COLUMN department",
            "ALTER TABLE ticket ADD department varchar(40)",
            "department",
        ),
        ("ALTER TABLE ticket RENAME status TO state", "ALTER TABLE ticket RENAME state TO status", "status"),
        (
            "ALTER TABLE ticket ALTER status DROP DEFAULT, ALTER status TYPE int USING 1",
            "ALTER TABLE ticket ALTER status TYPE varchar(40) USING 'open', ALTER status SET DEFAULT 'open'",
            "status",
        ),
        ("ALTER TABLE ticket RENAME TO tickets", "ALTER TABLE tickets RENAME TO ticket", "ticket"),
    ],
    ids=["gone", "renamed", "other type", "table"],
)
def test_a_changed_table_stops_that_source_alone_until_it_is_mended(
    crm: Crm, drift: str, mended: str, named: str
) -> None:
    crm.do("CREATE TABLE note AS SELECT * FROM ticket")
    maps = Maps((living(), living(NOTES.replace("FROM ticket", "FROM note"), "notes")), {})
    write_down(crm.board, maps)
    compare_due(crm.board, maps, crm.how())
    poll_due(crm.board, maps, crm.how())
    crm.do(drift)
    crm.do(
        f"INSERT INTO note (id, number, received_at, updated_at, status) SELECT 1, 'N1', at, at, 'open' "
        f"FROM (SELECT {NOW['postgresql']} AS at) a"
    )
    due(crm)
    with pytest.raises(PartsFailed, match="crm_tickets: ") as failed:
        poll_due(crm.board, maps, crm.how())
    assert f"'{named}'" in str(failed.value)
    assert crm.complaints() == {"N1": "in_progress"}
    assert (crm.state().failures, crm.state().error_kind) == (1, "schema")
    assert alerts(crm) == ["source_failing crm"]
    crm.do(mended)
    crm.add("T1")
    due(crm)
    poll_due(crm.board, maps, crm.how())
    assert set(crm.complaints()) == {"N1", "T1"}
    assert (crm.state().failures, crm.state().error) == (0, None)
    assert alerts(crm) == []


def due(crm: Crm) -> None:
    with crm.board.begin() as conn:
        conn.execute(text("UPDATE journal.sync SET next_poll_at = '-infinity'"))


def test_an_outage_is_a_failed_poll_that_is_tried_again_and_loses_nothing(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.add("T1")
    crm.compare()
    crm.poll()
    url, crm.url = crm.url, "postgresql://nobody@127.0.0.1:1/none"
    failed = crm.refused()
    assert (failed.kind, crm.state().failures) == ("away", 1)
    assert "cannot be reached" in str(failed)
    wait = crm.state().next_poll_at - crm.has("SELECT clock_timestamp()")[0][0]  # type: ignore[operator]
    assert timedelta(seconds=5) < wait <= timedelta(seconds=15)
    crm.refused()
    assert alerts(crm) == []
    an_hour_ago(crm)
    assert alerts(crm) == ["feed_silent crm"]
    crm.url = url
    crm.do(
        "INSERT INTO ticket (number, received_at, updated_at) SELECT 'T2', at, at "
        "FROM (SELECT now() AT TIME ZONE 'Asia/Shanghai' - interval '50 min' AS at) a"
    )
    assert crm.poll().complaints == 1
    assert alerts(crm) == []


def an_hour_ago(crm: Crm) -> None:
    """The last poll that succeeded."""
    crm.back(hours=1)
    with crm.board.begin() as conn:
        conn.execute(text("UPDATE journal.feed SET heard_at = heard_at - interval '1 hour'"))


def test_waiting_grows_to_a_minute_or_to_the_interval() -> None:
    assert [back_off(15, failures) for failures in range(5)] == [15, 30, 60, 60, 60]
    assert back_off(600, 9) == 600


def test_a_user_without_the_right_is_told_so(crm: Crm) -> None:
    crm.add("T1")
    crm.do("DROP ROLE IF EXISTS reader_of_crm; CREATE ROLE reader_of_crm LOGIN")
    crm.url = crm.url.replace("postgres@", "reader_of_crm@")
    assert crm.refused("compare").kind == "rights"
    crm.do("GRANT SELECT ON ticket TO reader_of_crm")
    assert crm.compare().new == 1
    crm.do("DROP OWNED BY reader_of_crm; DROP ROLE reader_of_crm")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "is no URL"),
        ("sqlite:///here.db", "begins with sqlite://, which cannot be read; known are postgresql://"),
    ],
)
def test_a_url_that_cannot_be_read_is_told(crm: Crm, url: str, said: str) -> None:
    crm.url = url
    failed = crm.refused("compare")
    assert failed.kind == "setup"
    assert said in str(failed)


def test_a_query_that_takes_too_long_is_broken_off(crm: Crm) -> None:
    crm.add("T1")
    crm.compare()
    crm.made = living(
        MAP.replace("FROM ticket", "FROM ticket, pg_sleep(5)").replace(
            'key = "id"', 'key = "id"\nread_timeout = 1'
        )
    )
    failed = crm.refused()
    assert failed.kind == "slow"
    assert "within 1 s" in str(failed)


def test_a_map_that_is_wrong_shows_and_is_not_read(crm: Crm) -> None:
    maps = Maps((), {"mine": "mine.toml: rows: is missing"})
    with pytest.raises(PartsFailed, match=r"mine: mine.toml: rows: is missing"):
        write_down(crm.board, maps)
    assert crm.has("SELECT subject, error_kind FROM journal.sync") == [("mine", "setup")]
    assert alerts_of_maps(crm) == ["mine"]
    write_down(crm.board, Maps((), {}))
    assert alerts_of_maps(crm) == []


def alerts_of_maps(crm: Crm) -> list[object]:
    alerts(crm)
    found = crm.has("SELECT reason ->> 'map' FROM journal.alert WHERE ended_at IS NULL")
    return [one for (one,) in found]


def test_what_another_process_polls_is_left_to_it(crm: Crm) -> None:
    crm.add("T1")
    crm.compare()
    held: list[object] = []

    def meanwhile() -> None:
        held.append(poll(crm.board, crm.made, crm.how()))

    poll(crm.board, crm.made, How(lambda _name: crm.url, progress=meanwhile))
    assert held
    assert set(held) == {None}
