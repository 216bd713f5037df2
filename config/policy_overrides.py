"""Days on which a calendar has other hours in one region, such as a city that a typhoon closes."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from config.instants import YEARS, is_believed_day
from config.policy_values import Part, span

LONGEST = 366  # days


class RegionOverride(Part):
    """One day, or the days from `first` to `last`, in a region and all below it. No `hours`: closed."""

    region: Annotated[str, Field(min_length=1)]  # its code
    day: date | None = None
    first: Annotated[date | None, Field(alias="from")] = None
    last: Annotated[date | None, Field(alias="to")] = None
    closed: bool = False
    hours: tuple[Annotated[tuple[int, int], BeforeValidator(span)], ...] = ()
    reason: Annotated[str, Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _days_are_named(self) -> "RegionOverride":
        if (self.first is None) != (self.last is None) or (self.day is None) == (self.first is None):
            raise ValueError("name its days by 'day', or by 'from' and 'to'")
        since, until = self.since, self.until
        if not is_believed_day(since) or not is_believed_day(until):
            raise ValueError(f"the override of {since} lies outside {YEARS}; write a nearer day")
        if until < since:
            raise ValueError(f"'to' ({until}) comes before 'from' ({since}); write the earlier day first")
        if (until - since).days >= LONGEST:
            raise ValueError(f"from {since} to {until} are more than {LONGEST} days; change the weekly hours")
        return self

    @model_validator(mode="after")
    def _closed_or_with_hours(self) -> "RegionOverride":
        if self.closed == bool(self.hours):
            raise ValueError("it has 'closed = true' or 'hours'; write one of them")
        for before, after in pairwise(self.hours):
            if after[0] < before[1]:
                raise ValueError(f"the spans of {self.since} overlap or are out of order; list them by time")
        return self

    @property
    def since(self) -> date:
        """Its first day."""
        return self.day or self.first or date.min

    @property
    def until(self) -> date:
        """Its last day."""
        return self.day or self.last or date.min

    @property
    def days(self) -> Iterator[date]:
        return (self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1))


def twice(overrides: Iterable[RegionOverride]) -> tuple[str, date] | None:
    """The first region and day that two of them name."""
    seen: set[tuple[str, date]] = set()
    for one in overrides:
        for day in one.days:
            if (one.region, day) in seen:
                return one.region, day
            seen.add((one.region, day))
    return None
