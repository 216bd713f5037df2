"""Of which rows of a living database a map reads: the table [database]."""

from datetime import time
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from config.source_maps.values import Table

VARIABLE = r"^BOARD_SOURCE_[A-Z0-9_]+$"


def _as_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Database(Table):
    """The rows of a database, read again and again while it lives (docs/sync.md). The map of such a source
    has no file; its columns are those of the query."""

    url_variable: Annotated[str, Field(pattern=VARIABLE)] = Field(
        description="The environment variable that holds the URL of the database, password and all; its name "
        "begins with BOARD_SOURCE_, so that no log shows what it holds.",
        examples=["BOARD_SOURCE_CRM"],
    )
    query: str = Field(
        description="What is read: one SELECT without ORDER BY, whose columns the map names. It may join and "
        "count; the board adds which rows it wants.",
        examples=["SELECT id, ticket_no, title, status, updated_at FROM ticket"],
    )
    key: Annotated[tuple[str, ...], BeforeValidator(_as_many), Field(min_length=1)] = Field(
        description="The column, or columns, of the query that tell its rows apart.",
        examples=["id", ["ticket_id", "request_id"]],
    )
    changed_column: str | None = Field(
        default=None,
        description="The column of the query that tells when a row was last changed. Without it each poll "
        "reads all rows, which suits small tables.",
        examples=["updated_at"],
    )
    changed_form: Literal["instant", "epoch", "epoch_ms"] = Field(
        default="instant",
        description="How it tells it: as a date and time, or as seconds or milliseconds since 1970 in UTC.",
        examples=["epoch"],
    )
    interval: Annotated[int, Field(ge=1, le=86_400, strict=True)] = Field(
        default=15, description="Seconds from one poll to the next.", examples=[60]
    )
    overlap: Annotated[int, Field(ge=0, le=86_400, strict=True)] = Field(
        default=600,
        description="Seconds by which a poll reaches back before the last one: longer than a transaction of "
        "the source takes, and than its clocks differ.",
        examples=[1200],
    )
    read_timeout: Annotated[int, Field(ge=1, le=3600, strict=True)] = Field(
        default=60,
        description="Seconds after which a poll is broken off at the source. The comparison of all rows may "
        "take an hour.",
        examples=[30],
    )
    compare_at: str = Field(
        default="02:30",
        description="When all rows are compared by night, in the map's time zone.",
        examples=["03:45"],
    )

    @field_validator("query")
    @classmethod
    def _one_select(cls, query: str) -> str:
        """Only what cannot be meant otherwise: the rights of the user at the source decide."""
        bare = query.strip().removesuffix(";").rstrip()
        if not bare.lower().startswith(("select", "with")):
            raise ValueError("is no SELECT")
        if ";" in bare:
            raise ValueError("has a ; in it; give one SELECT")
        return bare

    @field_validator("compare_at")
    @classmethod
    def _clock_time(cls, text: str) -> str:
        try:
            return time.fromisoformat(text).strftime("%H:%M")
        except ValueError:
            raise ValueError(f"'{text}' is no time of day; write such as '02:30'") from None
