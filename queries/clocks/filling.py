"""How far a new board has come: is there something on the wall, and is it all derived?"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from queries.clocks.derive import count_dirty


@dataclass(frozen=True, slots=True)
class Filling:
    open_complaints: int
    waiting: int  # marks of complaints that are still to be derived

    @property
    def is_shown(self) -> bool:
        """A live feed always leaves some marks waiting."""
        return self.open_complaints > 0 and self.waiting < 200


def filling(conn: Connection) -> Filling:
    still_open = text("SELECT count(*) FROM derived.stint WHERE counts_as_open AND until_at IS NULL")
    return Filling(conn.execute(still_open).scalar_one(), count_dirty(conn))
