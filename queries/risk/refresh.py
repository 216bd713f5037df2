"""Refreshing the breach risk of open deadlines in derived.risk; only rows whose value moved are written."""

from collections.abc import Iterator
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from queries.arrays import Floats
from queries.db import NULL, copy_rows, copy_text
from queries.risk.clocks import Clocks, read_open
from queries.risk.learning import curves_in_force
from queries.risk.model import EVIDENCE_LEVELS, Risk, afresh, predict

MOVED = 0.005  # a smaller change of p is not written
AFRESH_MOVED = 0.01  # nor is one of the chance that a second attempt fails
_KEY = "complaint_id, target, party_id, episode"
_STAGE_SQL = """
CREATE TEMP TABLE risk_stage (complaint_id bigint, target text, party_id bigint, episode smallint,
    region_id int, p real, k int, n int, level text, afresh real) ON COMMIT DROP
"""
# Two NOT EXISTS: joined by OR, the planner would look up each row by itself.
_REMOVE_ENDED_SQL = """
DELETE FROM derived.risk r WHERE NOT EXISTS (
    SELECT FROM derived.deadline d WHERE d.complaint_id = r.complaint_id AND d.target = r.target
    AND d.party_id = r.party_id AND d.episode = r.episode AND d.met_at IS NULL AND d.cancelled_at IS NULL)
AND NOT EXISTS (
    SELECT FROM derived.callback k WHERE k.complaint_id = r.complaint_id AND k.kind = r.target
    AND r.party_id = 0 AND k.episode = r.episode AND k.ended_at IS NULL)
"""
_REMOVE_WITHOUT_NUMBER_SQL = f"""
DELETE FROM derived.risk WHERE ({_KEY}) IN (SELECT {_KEY} FROM risk_stage WHERE p IS NULL)
"""
_UPSERT_SQL = f"""
INSERT INTO derived.risk ({_KEY}, region_id, p, k, n, level, afresh, curve_version, computed_at)
SELECT {_KEY}, region_id, p, k, n, level, afresh, :version, :now FROM risk_stage WHERE p IS NOT NULL
ON CONFLICT ({_KEY}) DO UPDATE SET region_id = EXCLUDED.region_id, p = EXCLUDED.p, k = EXCLUDED.k,
    n = EXCLUDED.n, level = EXCLUDED.level, afresh = EXCLUDED.afresh, curve_version = EXCLUDED.curve_version,
    computed_at = EXCLUDED.computed_at
"""


def try_lock(conn: Connection) -> bool:
    """One process at a time, until the transaction ends."""
    found: bool = conn.execute(
        text("SELECT pg_try_advisory_xact_lock(hashtext('renew breach risk'))")
    ).scalar_one()
    return found


def refresh_risk(conn: Connection, now: datetime) -> int:
    """Returns how many rows were written or removed; none while no curves are in force."""
    in_force = curves_in_force(conn)
    if in_force is None:
        return 0
    version, curves = in_force
    clocks = read_open(conn)
    unmet = clocks.measured(now.timestamp())
    risk = predict(curves, unmet)
    again = afresh(curves, unmet, risk.p)
    conn.execute(text(_STAGE_SQL))
    copy_rows(conn, "risk_stage", f"{_KEY}, region_id, p, k, n, level, afresh", _lines(clocks, risk, again))
    removed = (
        conn.execute(text(_REMOVE_ENDED_SQL)).rowcount
        + conn.execute(text(_REMOVE_WITHOUT_NUMBER_SQL)).rowcount
    )
    written = conn.execute(text(_UPSERT_SQL), {"version": version, "now": now}).rowcount
    conn.execute(text("DROP TABLE risk_stage"))
    return removed + written


def _moved(clocks: Clocks, risk: Risk, again: Floats) -> NDArray[np.bool_]:
    p, k, n = (np.asarray(column, dtype=np.float64) for column in clocks.standing[:3])
    level = np.array([*EVIDENCE_LEVELS, None], dtype=object)[risk.level]  # -1: none
    had, has = np.isfinite(p), np.isfinite(risk.p)
    changed = (k != risk.k) | (n != risk.n) | (np.abs(p - risk.p) >= MOVED)
    changed |= ~(np.abs(np.asarray(clocks.standing[5], dtype=np.float64) - again) < AFRESH_MOVED)
    changed |= (clocks.standing[3] != level) | (clocks.standing[4] != clocks.keys[4])
    found: NDArray[np.bool_] = (had != has) | (has & changed)
    return found


def _lines(clocks: Clocks, risk: Risk, again: Floats) -> Iterator[str]:
    rows = np.flatnonzero(_moved(clocks, risk, again))
    keys = [column[rows].tolist() for column in clocks.keys]
    values = [column[rows].tolist() for column in (risk.p, risk.k, risk.n, risk.level, again)]
    for complaint, target, party, episode, region, p, k, n, level, left in zip(*keys, *values, strict=True):
        key = f"{complaint}\t{copy_text(target)}\t{party}\t{episode}\t{NULL if region is None else region}"
        if level < 0:
            yield f"{key}\t{NULL}\t{NULL}\t{NULL}\t{NULL}\t{NULL}\n"
        else:
            yield f"{key}\t{p:.6f}\t{k}\t{n}\t{EVIDENCE_LEVELS[level]}\t{left:.6f}\n"
