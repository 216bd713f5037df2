"""How far a new board has filled: whether there is anything on the wall, and whether all of it is derived."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from queries.clocks.derive import count_dirty


@dataclass(frozen=True, slots=True)
class Filling:
    open_complaints: int
    waiting: int  # dirty marks of complaints that are still to be derived

    @property
    def is_shown(self) -> bool:
        """With a live feed some marks are always waiting."""
        return self.open_complaints > 0 and self.waiting < 200


def filling(conn: Connection) -> Filling:
    still_open = text("SELECT count(*) FROM derived.stint WHERE counts_as_open AND until_at IS NULL")
    return Filling(conn.execute(still_open).scalar_one(), count_dirty(conn))
