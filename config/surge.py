"""When complaints about one thing are a surge, proposed for tier 1 (N3)."""

from typing import Annotated

from pydantic import Field

from config.policy_values import Part


class Surge(Part):
    """`false_per_week`: so many may be proposed by chance in a week, over everything that is watched."""

    false_per_week: Annotated[float, Field(gt=0, le=20)] = 1
    fewest: Annotated[int, Field(ge=3, le=1000)] = 5  # people who complain
    no_complainants: tuple[str, ...] = ("employee", "system")  # channels by which no customer complains
    assumption: bool = True
