"""The moment that a page shows: now, or a past minute that the person chose and the URL names (`as_of`)."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import streamlit as st

from config.instants import bounded, is_believed
from dashboard.locale import _, use
from dashboard.locale.shown import duration, when
from dashboard.parts import FROM_LIVE, Context, Page

URL = "as_of"
OPEN, TYPED, HELD = "moment_open", "moment_typed", "moment_held"
WRONG_TYPED, WRONG_URL = "moment_wrong_typed", "moment_wrong_url"
SPACE_FOR_PLUS = re.compile(r" (\d\d:\d\d)$")  # an offset's plus sign, typed into an address by hand
WRITTEN = re.compile(r"(?:(\d{4})-(\d\d?)-(\d\d?)[ T])?(\d\d?):(\d\d)")
FULL_WIDTH = str.maketrans("：－", ":-")


class NoMoment(ValueError):
    """The message says what to write instead."""


def read_minute(written: str, now: datetime, zone: ZoneInfo) -> datetime:
    """'2026-11-24 14:00', or '14:00' for today, as a past minute of `zone`; raises NoMoment."""
    text = " ".join(written.translate(FULL_WIDTH).split())
    found = WRITTEN.fullmatch(text)
    today = now.astimezone(zone)
    try:
        if found is None:
            raise ValueError
        year, month, day, hour, minute = (None if part is None else int(part) for part in found.groups())
        date = today if year is None else datetime(year, month or 0, day or 0, tzinfo=zone)
        moment = date.replace(hour=hour or 0, minute=minute or 0, second=0, microsecond=0)
    except ValueError:
        sentence = _("“{text}” is not a valid time. Use for example {example}, or 14:00 for today.")
        raise NoMoment(sentence.format(text=written.strip(), example=f"{today:%Y-%m-%d} 14:00")) from None
    return _past(moment, written.strip(), now, zone)


def _past(moment: datetime, written: str, now: datetime, zone: ZoneInfo) -> datetime:
    if not is_believed(moment):
        raise NoMoment(_("“{text}” is outside the years 1970 to 2199.").format(text=written))
    if moment > now:
        sentence = _("{time} is in the future; it is {now} now.")
        raise NoMoment(sentence.format(time=full(moment, zone), now=full(now, zone)))
    return moment.astimezone(zone)


def full(at: datetime, zone: ZoneInfo) -> str:
    return bounded(at).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def from_url(value: str, now: datetime, zone: ZoneInfo) -> datetime:
    """ISO 8601; without an offset it is meant in `zone`. Raises NoMoment."""
    try:
        at = datetime.fromisoformat(SPACE_FOR_PLUS.sub(r"+\1", value.strip()))
    except ValueError:
        raise NoMoment(_("The link has no valid date and time: “{text}”.").format(text=value)) from None
    return _past(at if at.tzinfo else at.replace(tzinfo=zone), value, now, zone)


def drilled() -> bool:
    """The address is the link of a number of a live page."""
    return all(st.query_params.get(key) == value for key, value in FROM_LIVE.items())


def chosen(page: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The past moment of the URL, None for now. One that a person chose is kept on other pages that can show
    the past, until it is taken out of the address. The moment of a live number stays with its list."""
    state, here = st.session_state, st.query_params.get(URL)
    held, last_page, was_there = state.get(HELD, ("", "", False))
    is_there = bool(here)
    # A run that was asked for before the browser had the moment in its address does not know it yet.
    if not here and held and (page != last_page or not was_there):
        st.query_params[URL] = here = held
    state[HELD] = ("" if drilled() else here or "", page, is_there)
    if not here:
        return None
    try:
        return from_url(here, now, zone)
    except NoMoment as problem:
        leave()
        state[WRONG_URL] = str(problem)
        return None


def forget() -> None:
    """On a page that shows now alone."""
    st.session_state.pop(HELD, None)


def leave() -> None:
    """Back to now."""
    for key in (URL, "view", *FROM_LIVE):
        st.query_params.pop(key, None)
    st.session_state[HELD] = ("", "", False)


def control(shown: datetime | None, now: datetime, zone: ZoneInfo, shift_began: datetime | None) -> None:
    """A button that names the moment shown and opens the choices."""
    title, label = _("Moment"), _("Live") if shown is None else when(shown, zone)
    with st.container(key="moment", gap=None):
        st.html(f'<div class="field-label">{escape(title)}</div>')
        box = st.popover(label, icon=":material/history:", width="stretch", key=OPEN, on_change="rerun")
    with box, st.container(key="moment_choices", gap="small"):
        for word, moment in _choices(now, zone, shift_began):
            st.button(
                f"{word} · {when(moment, zone, now)}",
                key=f"moment_{word}",
                on_click=_go,
                args=(moment.astimezone(zone),),
                width="stretch",
            )
        st.text_input(
            _("Date and time"),
            key=TYPED,
            placeholder=full(now - timedelta(days=1), zone),
            on_change=_typed,
            args=(now, zone),
        )
        wrong = st.session_state.pop(WRONG_TYPED, "")
        if wrong:
            st.warning(wrong)
        if shown is not None:
            st.button(_("Back to live"), key="moment_leave", on_click=_back, type="primary", width="stretch")


def wrong_in_url() -> None:
    """Why the page shows now although the address asked for another moment."""
    wrong = st.session_state.pop(WRONG_URL, "")
    if wrong:
        st.warning(wrong + " " + _("Showing the present."))


def _choices(now: datetime, zone: ZoneInfo, shift_began: datetime | None) -> Sequence[tuple[str, datetime]]:
    minute = now.astimezone(zone).replace(second=0, microsecond=0)
    midnight = minute.replace(hour=0, minute=0)
    began = [] if shift_began is None else [(_("Shift began"), shift_began)]
    return (
        *began,
        (_("1 hour ago"), minute - timedelta(hours=1)),
        (_("Yesterday at this time"), minute - timedelta(days=1)),
        (_("Start of today"), midnight),
    )


def _go(moment: datetime) -> None:
    st.query_params[URL] = moment.isoformat()
    st.session_state[OPEN] = False


def _back() -> None:
    leave()
    st.session_state[OPEN] = False


def _typed(now: datetime, zone: ZoneInfo) -> None:
    use(st.session_state.language)  # callbacks run before the page does
    written = st.session_state[TYPED]
    if not written.strip():
        return
    try:
        _go(read_minute(written, now, zone))
        st.session_state[TYPED] = ""
    except NoMoment as problem:
        st.session_state[WRONG_TYPED] = str(problem)


def bar(ctx: Context, page: Page, now: datetime, is_record: bool) -> None:
    """Says on a past page which moment it shows and, where there is a record, in which of two ways."""
    if ctx.drilled:
        _drilled_bar(ctx)
        return
    time = full(ctx.now, ctx.zone)
    sentence = (_("As it was known at {time}") if is_record else _("As it was at {time}")).format(time=time)
    ago = _("{time} ago").format(time=duration((now - ctx.now).total_seconds()))
    back, ways = _("Back to live"), ""
    if page.record:
        ways = "".join(
            f'<a class="{"on" if shown else ""}" href="{escape(link)}" target="_self">{escape(word)}</a>'
            for word, link, shown in (
                (_("As it was"), ctx.url(page.name), not is_record),
                (_("As it was known"), ctx.url(page.name, view="known"), is_record),
            )
        )
        ways = f'<nav class="ways">{ways}</nav>'
    st.html(
        f'<div class="past"><i>◷</i><b>{escape(sentence)}</b><span>{escape(ago)}</span>{ways}'
        f'<a class="leave" href="{escape("?" + urlencode(ctx.query))}" target="_self">{escape(back)}</a>'
        "</div>"
    )


def _drilled_bar(ctx: Context) -> None:
    """Seconds too: a list belongs to one instant of its number. Back leads to the same list as it is now."""
    sentence = _("As counted at {time}").format(time=f"{ctx.now.astimezone(ctx.zone):%Y-%m-%d %H:%M:%S}")
    kept = {key: value for key, value in st.query_params.items() if key not in (URL, *FROM_LIVE)}
    st.html(
        f'<div class="past drilled"><i>◷</i><b>{escape(sentence)}</b>'
        f"<span>{escape(_('The list does not change while you read it.'))}</span>"
        f'<a class="leave" href="{escape("?" + urlencode(kept))}" target="_self">'
        f"{escape(_('Back to live'))}</a></div>"
    )
