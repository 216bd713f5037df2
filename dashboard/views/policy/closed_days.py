"""Policy: days on which one region is closed or has other hours. What the form says is added to the text, and
tried with it before anything applies."""

import json
from datetime import date, timedelta

import streamlit as st

from config.policy import Calendar, PolicyError, parse
from config.policy_overrides import RegionOverride
from dashboard.controls import mistakes
from dashboard.controls.columns import plain
from dashboard.controls.names import Names
from dashboard.locale import _, pgettext
from dashboard.locale.shown import headed
from dashboard.parts import Column, Context, listing

BODY, ADDED, WRONG = "policy_body", "policy_days_added", "policy_days_wrong"
KEPT = timedelta(days=30)  # for so long past overrides are listed
LISTED = 12


def form(ctx: Context, labels: Names, calendars: tuple[str, ...]) -> None:
    """Fields of the form that holds the text, so that what is typed there is kept."""
    today = ctx.now.astimezone(ctx.zone).date()
    codes = {labels.region_codes[key]: label for key, label in labels.regions.items()}
    with st.expander(_("Close days in one region"), expanded=WRONG in st.session_state):
        st.caption(_("Such as a typhoon that closes a city. The days hold in all regions below it as well."))
        region, first, last, calendar = st.columns([2, 1, 1, 1])
        region.selectbox(
            _("Region"),
            list(codes),
            index=None,
            format_func=lambda code: codes.get(code, code),
            placeholder=_("Choose a region"),
            key="policy_days_region",
        )
        first.date_input(pgettext("filter", "From"), value=today, key="policy_days_first")
        last.date_input(_("Until"), value=today, key="policy_days_last")
        calendar.selectbox(_("Calendar"), calendars, format_func=labels.calendar, key="policy_days_calendar")
        reason, hours, add = st.columns([2, 2, 1], vertical_alignment="bottom")
        reason.text_input(_("Reason"), key="policy_days_reason", max_chars=100)
        hours.text_input(
            _("Hours, if not closed all day"), key="policy_days_hours", placeholder="09:00-12:00"
        )
        add.form_submit_button(_("Add and try"), on_click=_add, width="stretch")
        wrong = st.session_state.pop(WRONG, None)
        if wrong:
            st.error(wrong)


def _add() -> None:
    """Puts the override at the end of the text, or says what is wrong with it."""
    state = st.session_state
    if not state.policy_days_region or not str(state.policy_days_reason).strip():
        state[WRONG] = _("Choose a region and write a reason.")
        return
    text = f"{str(state[BODY]).rstrip()}\n\n{_block()}"
    try:
        parse(text, _("The policy"))
    except PolicyError as wrong:
        state[WRONG] = "\n".join(headed(one.where, mistakes.shown(one.what)) for one in wrong.problems)
        return
    state[BODY], state[ADDED] = text, True


def _block() -> str:
    """As the policy file has it. Strings of JSON are strings of TOML too."""
    state = st.session_state
    first, last = state.policy_days_first, state.policy_days_last
    spans = [one.strip() for one in str(state.policy_days_hours).replace("，", ",").split(",") if one.strip()]
    lines = [
        f"[[calendars.{json.dumps(state.policy_days_calendar)}.override]]",
        f"region = {json.dumps(state.policy_days_region, ensure_ascii=False)}",
        f"day = {first}" if first == last else f"from = {first}\nto = {last}",
        f"hours = {json.dumps(spans)}" if spans else "closed = true",
        f"reason = {json.dumps(str(state.policy_days_reason).strip(), ensure_ascii=False)}",
    ]
    return "\n".join(lines) + "\n"


def listed(calendar: Calendar, labels: Names, today: date) -> None:
    """Overrides of single regions, the latest first, below the days that all regions share."""
    recent = [one for one in calendar.override if one.until >= today - KEPT]
    if recent:
        recent.sort(key=lambda one: one.since, reverse=True)
        listing(recent[:LISTED], _columns(labels))


def _columns(labels: Names) -> tuple[Column, ...]:
    by_code = {code: labels.region(key) for key, code in labels.region_codes.items()}

    def region(one: RegionOverride) -> str:
        return by_code.get(one.region, one.region)

    def days(one: RegionOverride) -> str:
        return str(one.since) if one.since == one.until else f"{one.since} – {one.until}"

    def hours(one: RegionOverride) -> str:
        return shown_spans(one.hours)

    return (
        Column(_("Closed in one region"), region),
        Column(_("Days"), days),
        Column(_("Hours"), hours),
        plain(_("Reason"), "reason"),
    )


def shown_spans(spans: tuple[tuple[int, int], ...]) -> str:
    def clock(second: int) -> str:
        return f"{second // 3600:02d}:{second // 60 % 60:02d}"

    return " · ".join(f"{clock(start)}–{clock(end)}" for start, end in spans) or _("off hours")
