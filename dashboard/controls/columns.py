"""Columns that many lists have: each is defined once, for the page and for the file."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from config.instants import bounded
from dashboard.controls.names import Names, tier
from dashboard.locale import _, language
from dashboard.locale.shown import due, duration, number, percent, when
from dashboard.parts import Column, Context, Tone

Of = str | Callable[[Any], Any]  # the name of a field, or what is worked out of a row


def _get(of: Of) -> Callable[[Any], Any]:
    return attrgetter(of) if isinstance(of, str) else of


def in_file_only(column: Column) -> Column:
    return replace(column, is_shown=False)


def coded(
    head: str,
    of: Of,
    word: Callable[[Any], str],
    tone: Callable[[Any], Tone] | None = None,
    href: Callable[[Any], str] | None = None,
) -> Column:
    """A code or number as people call it."""
    get = _get(of)

    def shown(row: Any) -> str:
        return word(get(row))

    column = Column(head, shown, href=href)
    return replace(column, tone=tone) if tone else column


def plain(head: str, of: Of) -> Column:
    """As it is; a dash where there is nothing."""
    return coded(head, of, _or_dash)


def _or_dash(value: object) -> str:
    return "–" if value is None or value == "" else str(value)


def instant(ctx: Context, head: str, of: Of, href: Callable[[Any], str] | None = None) -> Column:
    """Short on the page, today only the minute; whole in a file."""
    return _instant(ctx, head, of, when, ctx.now, href)


def dated(ctx: Context, head: str, of: Of) -> Column:
    """With its day on the page, whichever that is."""
    return _instant(ctx, head, of, when, None)


def due_time(ctx: Context, head: str, of: Of) -> Column:
    """The end of a day belongs to that day."""
    return _instant(ctx, head, of, due, ctx.now)


def _instant(
    ctx: Context,
    head: str,
    of: Of,
    word: Callable[[datetime | None, ZoneInfo, datetime | None], str],
    now: datetime | None,
    href: Callable[[Any], str] | None = None,
) -> Column:
    get = _get(of)

    def shown(row: Any) -> str:
        return word(get(row), ctx.zone, now)

    def exported(row: Any) -> str:
        return stamp(get(row), ctx.zone)

    return Column(head, shown, href=href, exported=exported)


def stamp(at: datetime | None, zone: ZoneInfo) -> str:
    """For files: the whole instant, in the board's zone."""
    return bounded(at).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def span(
    head: str,
    of: Of,
    shown: Callable[[Any], str] | None = None,
    tone: Callable[[Any], Tone] | None = None,
    href: Callable[[Any], str] | None = None,
) -> Column:
    """Seconds: as a duration on the page (or by `shown`), as a number in a file, whose head says so."""
    get = _get(of)

    def lasted(row: Any) -> str:
        return duration(get(row))

    def exported(row: Any) -> int | None:
        seconds = get(row)
        return None if seconds is None else round(seconds)

    in_file = _("{what}, s").format(what=head)
    column = Column(head, shown or lasted, True, href=href, exported=exported, exported_head=in_file)
    return replace(column, tone=tone) if tone else column


def amount(head: str, of: Of, digits: int = 0, href: Callable[[Any], str] | None = None) -> Column:
    """A number."""
    get = _get(of)

    def shown(row: Any) -> str:
        return number(get(row), digits)

    return Column(head, shown, True, href=href, exported=get)


def share(
    head: str, of: Of, digits: int = 0, tone: Callable[[Any], Tone] | None = None,
    href: Callable[[Any], str] | None = None,
) -> Column:  # fmt: skip
    """0..1: in percent on the page, as it is in a file."""
    get = _get(of)

    def shown(row: Any) -> str:
        return percent(get(row), digits)

    def exported(row: Any) -> float | None:
        value = get(row)
        return None if value is None else round(value, 4)

    column = Column(head, shown, True, href=href, exported=exported)
    return replace(column, tone=tone) if tone else column


def complaint(ctx: Context) -> tuple[Column, ...]:
    """The source's number, which leads to the complaint; a file begins with it and with ours."""
    named = coded(_("Complaint"), "external_id", str, href=to_complaint(ctx))
    ours = coded(_("Board number"), "complaint_id", str)
    return replace(named, leads=True), replace(in_file_only(ours), leads=True)


def to_complaint(ctx: Context) -> Callable[[Any], str]:
    def link(row: Any) -> str:
        return ctx.url("complaint", complaint=row.complaint_id)

    return link


def tiers() -> Column:
    return coded(_("Tier"), "tier", tier)


def department(labels: Names, head: str | None = None, of: Of = "department_id") -> Column:
    return coded(head or _("Department"), of, labels.department)


def region(labels: Names) -> Column:
    return coded(_("Region"), "region_id", labels.region)


def target(labels: Names) -> Column:
    return coded(_("Target"), "target", labels.target)


def owner() -> Column:
    return plain(_("Owner"), "owner_zh" if language() == "zh" else "owner_en")
