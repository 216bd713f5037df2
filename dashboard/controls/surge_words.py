"""A surge as text: what it is about, how unusual it is, and its outcome."""

from typing import Protocol

from dashboard.controls.names import Names, category
from dashboard.locale import _, language
from dashboard.locale.shown import number

WEEKS_OF_YEAR = 52.18
MOST_YEARS = 1000  # beyond that, no model is credible


class About(Protocol):
    @property
    def category(self) -> str: ...
    @property
    def product(self) -> str | None: ...
    @property
    def region_id(self) -> int | None: ...


def place(labels: Names, row: About) -> str:
    return labels.region(row.region_id) if row.region_id else _("Whole country")


def about(labels: Names, row: About) -> str:
    parts = (category(row.category), row.product, place(labels, row))
    return " · ".join(part for part in parts if part)


def usually(count: float) -> str:
    return number(count) if count >= 1 else _("less than 1")


def odds(chance: float) -> str:
    """`chance`: findings as improbable in a week, at most, by chance alone."""
    weeks = 1 / max(chance, 1e-12)
    if weeks < 1.5:
        return _("about once a week")
    if weeks < 9:
        return _("about once in {n} weeks").format(n=number(weeks))
    if weeks < WEEKS_OF_YEAR * 1.5:
        return _("about once in {n} months").format(n=number(weeks / WEEKS_OF_YEAR * 12))
    years = weeks / WEEKS_OF_YEAR
    if years < MOST_YEARS:
        return _("about once in {n} years").format(n=number(years))
    return _("less than once in {n} years").format(n=number(MOST_YEARS))


def who(english: str | None, chinese: str | None) -> str:
    return (chinese if language() == "zh" else english) or _("unknown")
