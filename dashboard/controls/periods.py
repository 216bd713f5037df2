"""The period of the filter bar: today and some days before it, or from one day to another."""

import re
from datetime import date, timedelta
from typing import Literal

import streamlit as st

from config.instants import is_believed_day
from dashboard.locale import _, pgettext

PERIODS = {"today": 1, "7d": 7, "30d": 30, "90d": 90}
DEFAULT = "30d"
OWN = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)")
DAY = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})\D?")
EXAMPLE, LAST_EXAMPLE = "2026-10-01", "2026-10-31"


def own(period: str) -> tuple[date, date] | None:
    """First and last day of a period as it stands in the URL, `2026-10-01..2026-10-15`."""
    found = OWN.fullmatch(period)
    if not found:
        return None
    since, until = iso_day(found[1]), iso_day(found[2])
    return (since, until) if since and until and since <= until else None


def iso_day(text: str) -> date | None:
    """None where it is no day, or not of the years that are believed."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if is_believed_day(found) else None


def is_known(period: str) -> bool:
    return period in PERIODS or own(period) is not None


def days(period: str, today: date) -> tuple[date, date]:
    """Both count."""
    return own(period) or (today - timedelta(PERIODS[period] - 1), today)


def day(written: str) -> date | None:
    """2026-10-01, also with other signs between the numbers: 2026/10/1, 2026年10月1日."""
    found = DAY.fullmatch(written.strip())
    try:
        made = date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
    return made if made and is_believed_day(made) else None


def shown(period: str) -> str:
    names = {"today": _("Today"), "7d": _("7 days"), "30d": _("30 days"), "90d": _("90 days")}
    chosen = own(period)
    if chosen is None:
        return names[period]
    since, until = chosen
    if since.year == until.year:
        return f"{since} – {until:%m-%d}"
    return f"{since} – {until}"


def fill(period: str) -> None:
    """Makes the widgets show `period`."""
    state, chosen = st.session_state, own(period)
    state.filter_period = None if chosen else period
    state.filter_own = period if chosen else ""
    state.filter_since, state.filter_until = map(str, chosen) if chosen else ("", "")
    state.filter_wrong = False


def choose() -> str:
    """Draws the widgets; the period as it stands in the URL."""
    state = st.session_state
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="filter_periods"):
        st.segmented_control(
            _("Period"),
            list(PERIODS),
            key="filter_period",
            format_func=shown,
            required=True,
            on_change=_take_preset,
        )
        label = shown(state.filter_own) if state.filter_own else _("Custom")
        chosen: Literal["primary", "secondary"] = "primary" if state.filter_own else "secondary"
        with st.popover(label, type=chosen, key="filter_own_open", on_change="rerun"):
            _fields()
    return str(state.filter_own or state.filter_period or DEFAULT)


def _fields() -> None:
    with st.form("filter_own_form", border=False, width=260):
        st.text_input(pgettext("filter", "From"), key="filter_since", placeholder=EXAMPLE)
        st.text_input(_("To (inclusive)"), key="filter_until", placeholder=LAST_EXAMPLE)
        if st.session_state.filter_wrong:
            st.error(_wrong())
        st.form_submit_button(_("Show this period"), on_click=_take_own, type="primary", width="stretch")


def _wrong() -> str:
    if None in (_since(), _until()):
        return _("Write dates like {day}").format(day=EXAMPLE)
    return _("The period ends before it begins.")


def _since() -> date | None:
    return day(st.session_state.filter_since)


def _until() -> date | None:
    return day(st.session_state.filter_until)


def _take_preset() -> None:
    fill(st.session_state.filter_period or DEFAULT)


def _take_own() -> None:
    period = f"{_since()}..{_until()}"
    st.session_state.filter_wrong = own(period) is None
    if not st.session_state.filter_wrong:
        fill(period)
        st.session_state.filter_own_open = False
