"""A value of a map: from which cells of a row it is read, and how."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from config.source_maps.dates import DateFormat


def _one_group(value: object) -> str:
    try:
        groups = re.compile(str(value)).groups
    except re.error as error:
        raise ValueError(f"'{value}' is not a regular expression ({error})") from None
    if groups != 1:
        raise ValueError(f"'{value}' has {groups} groups; put exactly the part to take in one ( )")
    return str(value)


def _named_column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


OneGroup = Annotated[str, BeforeValidator(_one_group)]


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spec(Table):
    """Where a value comes from. A name alone is short for `{ column = NAME }`. In this order: joined, null,
    take, translate."""

    column: str | None = Field(default=None, description="The column that holds it.", examples=["Ticket #"])
    columns: tuple[str, ...] = Field(
        default=(),
        description="In place of `column`: several, joined. If one of them is empty, the value is.",
        examples=[["Date", "Time"]],
    )
    joined_by: str = Field(default=" ", description="What is put between several columns.", examples=[" / "])
    constant: str | None = Field(
        default=None, description="In place of a column: the same for all rows.", examples=["phone"]
    )
    nulls: tuple[str, ...] = Field(
        default=(),
        description="Cells that count as empty, besides those of the whole map.",
        examples=[["-100"]],
    )
    empty: Literal["unsaid", "none"] = Field(
        default="unsaid",
        description='What an empty cell says. "unsaid": nothing, so what was known stays. "none": nobody or '
        "nothing (a state), not yet (an instant), so what was known no longer holds.",
        examples=["none"],
    )
    take: OneGroup | None = Field(
        default=None,
        description="A regular expression; its one group is the value. Where it does not match, the row says "
        "nothing.",
        examples=[r"^(\d)"],
    )
    translate: dict[str, str] = Field(
        default={},
        description="From the source's words to ours.",
        examples=[{"处理中": "in_progress", "已办结": "closed"}],
    )
    others: Literal["as_is", "unsaid"] = Field(
        default="as_is",
        description='What `translate` does not name: "as_is" is taken as it stands, "unsaid" says nothing.',
        examples=["unsaid"],
    )
    dates: tuple[DateFormat, ...] = Field(
        default=(),
        description="Date formats, tried in order, in place of those of the whole map.",
        examples=[["%d.%m.%Y"]],
    )

    @model_validator(mode="after")
    def _one_origin(self) -> "Spec":
        given = [self.column is not None, bool(self.columns), self.constant is not None]
        if sum(given) != 1:
            raise ValueError("give exactly one of 'column', 'columns' and 'constant'")
        return self

    @property
    def read(self) -> tuple[str, ...]:
        """The columns it needs."""
        return self.columns or ((self.column,) if self.column is not None else ())

    @property
    def told(self) -> bool:
        """Whether an empty cell tells something."""
        return self.empty == "none"


Value = Annotated[Spec, BeforeValidator(_named_column)]


class SinceSpec(Spec):
    """A state. As any value, and since when it holds."""

    since: Value | None = Field(
        default=None,
        description="The instant from which this state holds, where a column tells it; else it holds "
        "from the statement's own instant.",
        examples=["等待开始时间"],
    )


StateValue = Annotated[SinceSpec, BeforeValidator(_named_column)]


class ScoreSpec(Spec):
    """A score. As any value, and its scale."""

    scale: Literal[5, 10] = Field(
        default=5, description="5: scores of 1 to 5. 10: of 1 to 10, of which two make one.", examples=[10]
    )


Score = Annotated[ScoreSpec, BeforeValidator(_named_column)]
