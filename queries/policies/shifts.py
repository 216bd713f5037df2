"""The shift that runs at an instant, by the policy."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from config.shifts import running
from queries.policies.history import policy_at, policy_in_force


@dataclass(frozen=True, slots=True)
class RunningShift:
    name_en: str
    name_zh: str
    began_at: datetime
    ends_at: datetime


def running_shift(conn: Connection, now: datetime, past: bool = False) -> RunningShift:
    policy = policy_at(conn, now) if past else policy_in_force(conn)
    found = running(policy.shifts, policy.zone, now)
    return RunningShift(found.shift.label, found.shift.label_zh, found.began_at, found.ends_at)
