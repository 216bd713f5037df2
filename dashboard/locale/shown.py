"""Numbers, times and names as a reader of the language expects them."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from config.instants import EARLIEST, LATEST
from dashboard.locale import _, language


class Named(Protocol):
    @property
    def name_en(self) -> str: ...
    @property
    def name_zh(self) -> str: ...


def name(row: Named) -> str:
    return row.name_zh if language() == "zh" else row.name_en


def listed(parts: Iterable[str]) -> str:
    return _(", ").join(parts)


def in_brackets(text: str, more: str) -> str:
    return _("{text} ({more})").format(text=text, more=more)


def headed(head: str, text: str) -> str:
    return _("{head}: {text}").format(head=head, text=text)


def number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}".replace("-", "−")


def signed(change: float | None) -> str:
    """A whole number with its sign, also of more."""
    if change is None:
        return "–"
    return f"{change:+,.0f}".replace("-", "−") if round(change) else "±0"


def percent(share: float | None, digits: int = 0) -> str:
    """`share` is 0..1."""
    return "–" if share is None else f"{share * 100:.{digits}f}{percent_sign()}"


def percent_sign() -> str:
    """Chinese has no space before it."""
    return "%" if language() == "zh" else " %"


def chance(p: float | None) -> str:
    """A probability, which is never certain."""
    if p is None:
        return "–"
    return f"> {percent(0.99)}" if p >= 0.995 else f"< {percent(0.01)}" if p < 0.005 else percent(p)


def evidence(p: float | None, k: int | None, n: int | None, is_late_rate: bool = False) -> str:
    """Of `n` similar ones `k` breached. The fewer are alike, the more a breach risk is drawn towards wider
    groups; where the share does not give the number by itself, that is said. So is a plain late rate."""
    return _counted(p, k, n, _("adjusted from {counted}"), is_late_rate)


def short_evidence(p: float | None, k: int | None, n: int | None, is_late_rate: bool = False) -> str:
    """The same where there is little room."""
    return _counted(p, k, n, "≈ {counted}", is_late_rate)


def _counted(p: float | None, k: int | None, n: int | None, adjusted: str, is_late_rate: bool) -> str:
    if p is None or k is None or not n:
        return "–"
    template = _("late rate, {k} of {n}") if is_late_rate else _("{k} of {n}")
    counted = template.format(k=number(k), n=number(n))
    return counted if chance(k / n) == chance(p) else adjusted.format(counted=counted)


def odds(p: float | None, k: int | None, n: int | None, is_late_rate: bool = False) -> str:
    """The number never stands without its evidence."""
    return "–" if p is None else f"{chance(p)} · {evidence(p, k, n, is_late_rate)}"


def excused_of(excused: int) -> str:
    """Beside a number of breaches; nothing where none of them is excused."""
    return _("{n} of them excused").format(n=number(excused)) if excused else ""


def duration(seconds: float | None) -> str:
    """Two units at most: 3 d 4 h, 2 h 05 min, 12 min, 40 s; 2 h without its minutes where there are none; a
    minus sign when it is past."""
    if seconds is None:
        return "–"
    left = int(abs(seconds))
    sign = "−" if seconds < 0 and left else ""
    days, hours, minutes = left // 86_400, left // 3600 % 24, left // 60 % 60
    if days:
        shown = _days(days, hours)
    elif hours:
        shown = _hours(hours, minutes)
    elif minutes:
        shown = _("{minutes} min").format(minutes=minutes)
    else:
        shown = _("{seconds} s").format(seconds=left)
    return sign + shown


def _days(days: int, hours: int) -> str:
    if not hours:
        return _("{n} d").format(n=days)
    return _("{days} d {hours} h").format(days=days, hours=hours)


def _hours(hours: int, minutes: int, always_minutes: bool = False) -> str:
    if not minutes and not always_minutes:
        return _("{n} h").format(n=hours)
    return _("{hours} h {minutes:02d} min").format(hours=hours, minutes=minutes)


def exact(seconds: int) -> str:
    """Hours, minutes and, where there are any, seconds."""
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = [_("{minutes} min").format(minutes=minutes)] if minutes or not (hours or rest) else []
    if hours:
        parts = [_hours(hours, minutes, always_minutes=bool(rest))]
    return " ".join([*parts, *([_("{seconds} s").format(seconds=rest)] if rest else [])])


def end_of(at: datetime, zone: ZoneInfo) -> str:
    """The hour at which a shift or a day ends: 24:00, not 00:00."""
    local = at.astimezone(zone)
    return "24:00" if local.time() == time.min else f"{local:%H:%M}"


def due(at: datetime | None, zone: ZoneInfo, now: datetime | None = None) -> str:
    """Like `when`, of something due at the end of a day: 11-24 24:00, not 11-25 00:00."""
    if at is None or _far(at) or at.astimezone(zone).time() != time.min:
        return when(at, zone, now)
    return f"{at.astimezone(zone) - timedelta(days=1):%m-%d} {end_of(at, zone)}"


def _far(at: datetime) -> str:
    """Words for what is no real instant, such as 9999-12-31 for a promise without an end; none for others."""
    if at >= LATEST:
        return _("2200 or later")
    return _("1970 or earlier") if at <= EARLIEST else ""


def when(at: datetime | None, zone: ZoneInfo, now: datetime | None = None) -> str:
    """Month, day and minute; only the minute on the day of `now`."""
    if at is None:
        return "–"
    far = _far(at)
    if far:
        return far
    local = at.astimezone(zone)
    if now is not None and local.date() == now.astimezone(zone).date():
        return local.strftime("%H:%M")
    return local.strftime("%m-%d %H:%M")


def offset(at: datetime, zone: ZoneInfo) -> str:
    """UTC+8, UTC−3:30."""
    minutes = int((at.astimezone(zone).utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")
