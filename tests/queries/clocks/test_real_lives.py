"""Deriving the public records: the figures that everyone can count in the files themselves."""

import csv
import gzip
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from queries.attribution.rows import attributions
from queries.attribution.scope import totals
from queries.clocks.explain import of_complaints
from queries.filters import Filters
from tests.build import derive, rows
from tests.jobs.sources.samples import REAL, boston_flags, take_real


def derived(engine: Engine, folder: Path, name: str, tmp_path: Path) -> None:
    take_real(engine, folder, name, tmp_path)
    with engine.begin() as conn:
        derive(conn)


def test_bostons_late_complaints_are_those_of_the_city(
    engine: Engine, real_data: Path, tmp_path: Path
) -> None:
    derived(engine, real_data, "boston311", tmp_path)
    flags = boston_flags(real_data)
    as_of = datetime(2020, 1, 1, tzinfo=ZoneInfo("America/New_York"))
    with engine.begin() as conn:
        judged = rows(
            conn,
            "SELECT c.external_id, coalesce(d.met_at, d.cancelled_at, :as_of) > d.due_at "
            "FROM derived.deadline d JOIN facts.complaint c USING (complaint_id) WHERE d.target = 'promised'",
            as_of=as_of,
        )
        others = rows(conn, "SELECT DISTINCT target FROM derived.deadline WHERE target <> 'promised'")
        alerts = rows(conn, "SELECT FROM derived.timer WHERE fire_at <= now()")
        still_open = rows(
            conn, "SELECT complaint_id FROM derived.deadline WHERE met_at IS NULL AND cancelled_at IS NULL"
        )
        told = list(of_complaints(conn, [int(str(one)) for (one,) in still_open], int(as_of.timestamp())))
    assert len(told) == len(still_open) > 3_000
    assert [one for one in told if one.counted != max(one.budget.seconds, 0)] == []
    late = {number for number, is_late in judged if is_late}
    assert len(judged) == 47_270
    assert len(late) == 11_679
    assert round(100 * len(late) / len(judged), 2) == 24.71
    flagged = {number: flag for number, flag in flags.items() if flag}
    assert len(flagged) == 47_112
    assert [number for number, flag in flagged.items() if (number in late) != (flag == "OVERDUE")] == []
    assert sum(flag == "OVERDUE" for flag in flagged.values()) == 11_521
    blank = [number for number, flag in flags.items() if not flag]
    assert len(blank) == 158
    assert set(blank) <= late
    assert others == []  # the city reports no other milestone, so nothing else is promised
    assert alerts == []  # history alerts nobody


def test_stints_and_holders_of_every_uci_complaint_sum_to_its_life(
    engine: Engine, real_data: Path, tmp_path: Path
) -> None:
    derived(engine, real_data, "uci_incidents", tmp_path)
    with engine.begin() as conn:
        assert holders_of_real_lives(conn, datetime(2017, 3, 1, tzinfo=UTC)) == 24_909  # nine took no second
        wrong = rows(
            conn,
            "SELECT c.complaint_id FROM facts.complaint c LEFT JOIN derived.stint s USING (complaint_id) "
            "GROUP BY c.complaint_id, c.received_at "
            "HAVING count(*) FILTER (WHERE s.until_at IS NULL AND s.from_at IS NOT NULL) = 0 "
            "AND coalesce(sum(s.until_at - s.from_at), interval '0') <> (SELECT coalesce(max(m.happened_at), "
            "c.received_at) - c.received_at FROM derived.milestone m WHERE m.complaint_id = c.complaint_id "
            "AND m.milestone IN ('closed', 'withdrawn'))",
        )
        gaps = rows(
            conn,
            "SELECT complaint_id FROM (SELECT complaint_id, from_at, lag(until_at) OVER (PARTITION BY "
            "complaint_id ORDER BY seq) AS before, seq FROM derived.stint) s "
            "WHERE seq > 1 AND before IS DISTINCT FROM from_at",
        )
        closed = rows(conn, "SELECT count(*) FROM facts.complaint WHERE status = 'closed'")
    assert wrong == []
    assert gaps == []
    assert closed == [(_closed_in(real_data),)]


def test_holders_of_every_bpi_complaint_sum_to_its_life(
    engine: Engine, real_data: Path, tmp_path: Path
) -> None:
    derived(engine, real_data, "bpi2013", tmp_path)
    with engine.begin() as conn:
        assert holders_of_real_lives(conn, datetime(2013, 1, 1, tzinfo=UTC)) == 7_554


def holders_of_real_lives(conn: Connection, now: datetime) -> int:
    """How many lives last at all, each of which its parts and the sums over all of them make up."""
    lasting = dict(
        rows(
            conn,
            "SELECT c.complaint_id, CAST(date_part('epoch', CASE WHEN c.status IN ('closed', 'withdrawn') "
            "THEN max(m.happened_at) FILTER (WHERE m.milestone IN ('closed', 'withdrawn')) ELSE :now END "
            "- c.received_at) AS bigint) FROM facts.complaint c "
            "JOIN derived.milestone m USING (complaint_id) GROUP BY c.complaint_id, c.received_at",
            now=now,
        )
    )
    lives = attributions(conn, [int(str(key)) for key in lasting], now)
    assert {one.complaint_id: one.life for one in lives} == {
        key: seconds for key, seconds in lasting.items() if seconds
    }
    assert all(sum(part.seconds for part in one.parts) == one.life for one in lives)
    found = totals(conn, Filters(date(2008, 1, 1), now.date()), now)
    assert found.life == sum(one.life for one in lives)
    assert found.worked == sum(one.worked for one in lives)
    return len(lives)


def _closed_in(folder: Path) -> int:
    """Incidents whose last update says Closed."""
    last: dict[str, tuple[tuple[int, ...], str]] = {}
    with gzip.open(folder / REAL["uci_incidents"], "rt", encoding="utf-8", newline="") as file:
        for place, row in enumerate(csv.DictReader(file)):
            day, minute = row["sys_updated_at"].split(" ")
            instant = (*map(int, reversed(day.split("/"))), *map(int, minute.split(":")))
            key = (*instant, int(row["sys_mod_count"]), place)
            if row["number"] not in last or key > last[row["number"]][0]:
                last[row["number"]] = (key, row["incident_state"])
    return sum(state == "Closed" for _, state in last.values())
