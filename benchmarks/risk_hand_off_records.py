"""Past deadlines whose complaints changed hands: two public logs and the simulated operator."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import risk_records
from benchmarks.risk_records import HOUR, instant
from benchmarks.scratch import board
from jobs.sources.simulator import Simulation, fill
from queries.arrays import Floats
from queries.clocks.derive import derive_dirty
from queries.intake.replay import start_clock
from queries.risk.clocks import HISTORY, Clocks, read_history
from queries.risk.model import DAY, Ended
from queries.risk.places import Places, read_places

SIMULATED_UNTIL = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Past:
    """Learned from `seen` as known at `cut`; asked about `asked` from `since` on, as known at `now`."""

    seen: Clocks
    asked: Clocks
    places: Places
    cut: float
    since: float
    now: float


def uci(folder: Path, by_time: bool) -> Past:
    """Budgets as in risk_records.py; a priority is a tier, an assignment group a department."""
    log = pd.read_csv(folder / "uci_incident_event_log.csv.gz", dtype=str, na_values="?")
    records = risk_records.uci(folder, instant("2016-05-05"))
    since = pd.to_datetime(log["sys_updated_at"], format="%d/%m/%Y %H:%M")
    group = log.groupby("number")["assignment_group"].ffill()
    stints = _stints(log["number"], since, log["priority"].str[0], group)
    category = log.drop_duplicates("number")["category"]
    cut = instant("2016-05-05") if by_time else None
    return _past((records.started, records.due, records.ended), category, stints, cut)


def bpi(folder: Path) -> Past:
    """As config/sources/bpi2013.toml reads it: impact is the tier, the organisation's line the department."""
    log = pd.read_csv(folder / "bpi2013_incidents.csv.gz", dtype=str)
    log["since"] = pd.to_datetime(log["time:timestamp"], utc=True).dt.tz_localize(None)
    log = log.sort_values(["case:concept:name", "since"], kind="stable")
    number = log["case:concept:name"]
    stints = _stints(number, log["since"], log["impact"], log["organization involved"])
    done = log[log["concept:name"] == "Completed"].drop_duplicates("case:concept:name")
    first = log.drop_duplicates("case:concept:name")
    started = _epoch(first["since"])
    ended = first["case:concept:name"].map(done.set_index("case:concept:name")["since"])
    nothing = pd.Series(None, index=first.index, dtype=object)
    return _past((started, started + 5 * DAY, _epoch(ended)), nothing, stints, None)


def simulated() -> Past:
    with board() as engine:
        with engine.begin() as conn:
            start_clock(conn, SIMULATED_UNTIL, 0.001)
        for _ in fill(engine, Simulation(1, 20.0), 30):
            pass
        while True:
            with engine.begin() as conn:
                if not derive_dirty(conn).taken:
                    break
        with engine.begin() as conn:
            clocks = read_history(conn, SIMULATED_UNTIL - HISTORY, SIMULATED_UNTIL)
            places = read_places(conn, clocks)
    now = SIMULATED_UNTIL.timestamp()
    return Past(clocks, clocks, places, now - 8 * DAY, now - 8 * DAY, now)


def handed_on(past: Past) -> Past:
    """Seven of ten that run so long go to a second line (101), after three hours in the mean."""
    draw, complaint = np.random.default_rng(5), past.asked.keys[0].astype(np.int64)
    ended = (
        pd.Series(np.where(np.isnan(past.asked.ended_at), np.inf, past.asked.ended_at))
        .groupby(complaint)
        .max()
    )
    moved = pd.Series(past.asked.started).groupby(complaint).min() + draw.exponential(3 * HOUR, len(ended))
    moved = moved[(draw.random(len(ended)) < 0.7) & (moved < ended)]
    stints = past.places.stints
    stints = stints[~(stints["since"] > stints["complaint"].map(moved).fillna(np.inf))]
    second = pd.DataFrame({"complaint": moved.index, "since": moved, "tier": None, "department": 101})
    stints = pd.concat([stints, second]).sort_values("since", kind="stable")
    stints["tier"] = _words(stints.groupby("complaint")["tier"].ffill())
    return replace(past, places=Places(stints.reset_index(drop=True)))


def _stints(
    number: "pd.Series[str]",
    since: "pd.Series[pd.Timestamp]",
    tier: "pd.Series[str]",
    group: "pd.Series[str]",
) -> pd.DataFrame:
    complaint = pd.factorize(number)[0]
    columns = {
        "complaint": complaint,
        "since": _epoch(since),
        "tier": _words(tier),
        "department": _words(group),
    }
    return pd.DataFrame(columns)


def _past(
    times: tuple[Floats, Floats, Floats], category: "pd.Series[str]", stints: pd.DataFrame, cut: float | None
) -> Past:
    """`times`: started, due, ended. Without a cut one half of the complaints is learned, the other asked."""
    started, due, ended = times
    count, now = len(started), float(stints["since"].max())
    nobody, zero = np.full(count, None, dtype=object), np.zeros(count, dtype=object)
    target = np.full(count, "promised", dtype=object)
    clocks = Clocks(
        (np.arange(count).astype(object), target, zero, zero, nobody),
        (nobody, nobody, _words(category).to_numpy(dtype=object)),
        started,
        due,
        np.where(ended <= now, ended, np.nan),
        np.where(ended <= now, int(Ended.MET), int(Ended.OPEN)),
        np.full(count, np.nan),
        (),
        (),
        (),
    )
    places = Places(stints.sort_values("since", kind="stable").reset_index(drop=True))
    if cut is not None:
        return Past(clocks, clocks, places, cut, cut, now)
    half = np.random.default_rng(1).random(count) < 0.5
    seen, asked = (clocks.only(np.flatnonzero(one)) for one in (half, ~half))
    return Past(seen, asked, places, now, 0, now)


def _epoch(times: "pd.Series[pd.Timestamp]") -> Floats:
    found: Floats = ((times - pd.Timestamp(0)) / pd.Timedelta(seconds=1)).to_numpy(dtype=np.float64)
    return found


def _words(column: "pd.Series[str]") -> "pd.Series[str]":
    return column.astype(object).where(column.notna(), None)
