"""What must hold of the public records (their README names the traps). Left out where there are none."""

import csv
import gzip
import resource
import time
from pathlib import Path

from sqlalchemy import Engine, text

from tests.jobs.sources.samples import REAL, boston_flags, count, take_real

MOST_SECONDS = 60.0  # of one import; about 20 on a quiet core
MOST_MIB = 400


def test_boston_has_its_promises_and_goes_in_fast(engine: Engine, real_data: Path, tmp_path: Path) -> None:
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    found = take_real(engine, real_data, "boston311", tmp_path)
    assert (found.rows, found.rejected, found.complaints) == (58_251, 0, 58_251)
    assert time.monotonic() - began < MOST_SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MOST_MIB
    with engine.connect() as conn:
        assert count(conn, "facts.complaint WHERE promised_at IS NOT NULL") == 47_270
        late = conn.execute(
            text(
                "SELECT c.external_id FROM facts.complaint c LEFT JOIN facts.complaint_event e "
                "ON e.complaint_id = c.complaint_id AND e.field = 'status' AND e.value = 'closed' "
                "WHERE promised_at < coalesce(e.happened_at, TIMESTAMPTZ '2020-01-01 00:00 America/New_York')"
            )
        ).scalars()
        late_numbers = set(late)
    assert len(late_numbers) == 11_679
    flags = boston_flags(real_data)
    assert sum(flag == "OVERDUE" for flag in flags.values()) == 11_521
    assert all((number in late_numbers) == (flag == "OVERDUE") for number, flag in flags.items() if flag)
    assert sum(not flag and number in late_numbers for number, flag in flags.items()) == 158


def test_uci_follows_its_own_order_within_a_minute(engine: Engine, real_data: Path, tmp_path: Path) -> None:
    found = take_real(engine, real_data, "uci_incidents", tmp_path)
    assert (found.rows, found.rejected, found.complaints) == (141_712, 0, 24_918)
    last = uci_last_updates(real_data)
    with engine.connect() as conn:
        rows = conn.execute(
            text(
                "SELECT DISTINCT ON (complaint_id) c.external_id, source_seq >> 32 "
                "FROM facts.complaint_event e JOIN facts.complaint c USING (complaint_id) "
                "WHERE field = 'tier' ORDER BY complaint_id, happened_at DESC, source_seq DESC"
            )
        )
        imported = {str(number): int(order) for number, order in rows}
    assert imported == {number: order for number, (order, _) in last.items()}
    missed = sum(made_sla == "false" for _, made_sla in last.values())
    assert round(100 * missed / len(last), 2) == 36.58


def uci_last_updates(folder: Path) -> dict[str, tuple[int, str]]:
    """Number → sys_mod_count and made_sla of its last update by (sys_updated_at, sys_mod_count)."""
    last: dict[str, tuple[tuple[int, ...], int, str]] = {}
    with gzip.open(folder / REAL["uci_incidents"], "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day, minute = row["sys_updated_at"].split(" ")
            order = int(row["sys_mod_count"])
            key = (*map(int, reversed(day.split("/"))), *map(int, minute.split(":")), order)
            if row["number"] not in last or key >= last[row["number"]][0]:
                last[row["number"]] = (key, order, row["made_sla"])
    return {number: (order, made_sla) for number, (_, order, made_sla) in last.items()}


def test_bpi_has_its_cases_and_events(engine: Engine, real_data: Path, tmp_path: Path) -> None:
    found = take_real(engine, real_data, "bpi2013", tmp_path)
    assert (found.rows, found.rejected, found.complaints) == (65_533, 0, 7_554)
    with engine.connect() as conn:
        assert count(conn, "facts.complaint_event WHERE field = 'tier'") == 65_533


def test_comcast_has_91_days(engine: Engine, real_data: Path, tmp_path: Path) -> None:
    found = take_real(engine, real_data, "comcast_fcc", tmp_path)
    assert (found.rows, found.rejected, found.complaints) == (2_224, 0, 2_224)
    with engine.connect() as conn:
        months = conn.execute(
            text(
                "SELECT extract(month FROM day)::int, count(*), count(DISTINCT day) FROM (SELECT "
                "(received_at AT TIME ZONE 'America/New_York')::date AS day FROM facts.complaint) d "
                "GROUP BY 1 ORDER BY 1"
            )
        ).all()
    assert months == [(4, 545, 30), (5, 399, 31), (6, 1280, 30)]
    again = take_real(engine, real_data, "comcast_fcc", tmp_path)
    assert (again.complaints, again.observations, again.changed) == (0, 0, 0)
