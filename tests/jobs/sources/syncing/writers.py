"""A centre at work: several write at once, commit late, forget the stamp, delete, by clocks that differ."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, create_engine, text

from tests.jobs.sources.syncing.crm import add, source_now

SKEW = (-180, -60, 0, 45, 180)  # seconds by which the clocks of their machines are wrong
LATE = 300  # seconds by which a commit may come after its stamp
DEPARTMENTS = ("NET", "BILL", "SHOP")
STATUSES = ("open", "done")


class Writer:
    def __init__(self, engine: Engine, seed: int) -> None:
        self._engine, self._seed, self._random = engine, seed, random.Random(seed)
        self._skew, self._made = timedelta(seconds=SKEW[seed % len(SKEW)]), 0

    def step(self) -> None:
        """One transaction; what it stamps lies back as if it had been begun so much earlier."""
        with self._engine.begin() as conn:
            late = timedelta(seconds=self._random.uniform(0, LATE) if self._random.random() < 0.3 else 0)
            at = source_now(conn) + self._skew - late
            chosen = self._random.random()
            if chosen < 0.4:
                self._add(conn, at)
            elif chosen < 0.75:
                self._change(conn, at)
            elif chosen < 0.9:
                self._change(conn, None)
            else:
                self._delete(conn)

    def _add(self, conn: Connection, at: datetime) -> None:
        self._made += 1
        add(conn, f"W{self._seed}-{self._made}", at, received_at=at)

    def _change(self, conn: Connection, at: datetime | None) -> None:
        number = self._one(conn)
        if number is None:
            return
        status = self._random.choice(STATUSES)
        stamp = ", updated_at = :at" if at else ""
        conn.execute(
            text(
                f"UPDATE ticket SET department = :department, status = :status{stamp} WHERE number = :number"
            ),
            {
                "department": self._random.choice(DEPARTMENTS),
                "status": status,
                "number": number,
                **({"at": at} if at else {}),
            },
        )

    def _delete(self, conn: Connection) -> None:
        number = self._one(conn)
        if number is not None:
            conn.execute(text("DELETE FROM ticket WHERE number = :number"), {"number": number})

    def _one(self, conn: Connection) -> str | None:
        """Of its own, so that writers do not wait for each other."""
        if not self._made:
            return None
        number = f"W{self._seed}-{self._random.randint(1, self._made)}"
        found: str | None = conn.execute(
            text("SELECT number FROM ticket WHERE number = :number"), {"number": number}
        ).scalar_one_or_none()
        return found


@contextmanager
def writer(url: str, seed: int) -> Iterator[Writer]:
    engine = create_engine(url)
    yield Writer(engine, seed)
    engine.dispose()
