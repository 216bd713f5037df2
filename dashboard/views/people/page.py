"""People: who signs in, who works here, and what those who left still hold."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import streamlit as st

from config.settings import settings
from dashboard.controls import columns
from dashboard.controls.columns import coded, dated, due_time, plain, tiers
from dashboard.controls.names import Names, grade, names
from dashboard.locale import _, language, pgettext
from dashboard.locale.shown import listed, name, number
from dashboard.parts import Column, Context, Tone, listing, panel
from dashboard.reads import Snapshot
from queries.pages import people as of_page
from queries.pages.people import Held
from queries.people import register
from queries.people.register import Listed, State

SHOWN = 100
OUT: tuple[State, ...] = ("no_access", "left")


def live(ctx: Context) -> None:
    everybody = ctx.read(register.listed)
    labels = names(ctx)
    held = ctx.read(of_page.still_held, SHOWN)
    if held.rows or held.state != "live":
        panel(
            ctx,
            "held",
            _("To be handed over"),
            held,
            partial(_draw_held, ctx, labels),
            note=_("open complaints, callbacks and unacknowledged alerts of people who left"),
        )
    _list(ctx, "signing_in", _("Who signs in"), _part(everybody, False), _columns(ctx, labels))
    _list(ctx, "others", _("Other people"), _part(everybody, True), _columns_of_others(ctx, labels))


def _part(snapshot: Snapshot[tuple[Listed, ...]], out: bool) -> Snapshot[tuple[Listed, ...]]:
    if snapshot.rows is None:
        return snapshot
    rows = tuple(one for one in snapshot.rows if (one.state in OUT) is out)
    return Snapshot(rows, snapshot.at, snapshot.state)


def _list(
    ctx: Context, key: str, title: str, rows: Snapshot[tuple[Listed, ...]], shown: Sequence[Column]
) -> None:
    total = len(rows.rows or ())
    sentence = pgettext("people", "first {n} of {total}") if total > SHOWN else pgettext("people", "all {n}")
    panel(
        ctx,
        key,
        title,
        rows,
        lambda found: listing(found[:SHOWN], shown),
        note=sentence.format(n=number(min(SHOWN, total)), total=number(total)) if total else "",
        empty=_("Nobody yet: bring people in from a file, above."),
        export=shown,
    )


def _columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        *_who(labels),
        coded(_("Sees"), "regions", partial(_sees, labels)),
        coded(_("Sign-in"), "state", state, tone=_tone),
        dated(ctx, _("Last sign-in"), "signed_in_at"),
        Column(_("Here until"), partial(until, ctx)),
    )


def _columns_of_others(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        *_who(labels),
        coded(_("Sign-in"), "state", state, tone=_tone),
        Column(_("Here until"), partial(until, ctx)),
    )


def _who(labels: Names) -> tuple[Column, ...]:
    return (
        Column(_("Name"), name),
        plain(_("Login"), "login"),
        coded(_("Grade"), "grade", grade),
        coded(_("Department"), "department_id", lambda one: labels.departments.get(one or 0, "–")),
        plain(_("Team"), "team_zh" if language() == "zh" else "team_en"),
    )


def _sees(labels: Names, regions: tuple[int, ...] | None) -> str:
    return _("everywhere") if regions is None else listed(map(labels.region, regions)) or "–"


def until(ctx: Context, one: Listed) -> str:
    """The last day, in the page's zone."""
    if one.active_until is None:
        return "–"
    last = one.active_until - timedelta(microseconds=1)
    return f"{last.astimezone(ctx.zone):%Y-%m-%d}"


def state(code: State) -> str:
    if code in ("invited", "not_invited") and settings().sign_in != "local":
        code = "signs_in"
    labels: dict[State, str] = {
        "no_access": _("no access"),
        "left": _("left"),
        "not_yet": _("not here yet"),
        "locked": _("locked"),
        "signs_in": _("signs in"),
        "invited": _("invited"),
        "not_invited": _("not invited yet"),
    }
    return labels[code]


def _tone(one: Listed) -> Tone:
    if one.state == "locked":
        return "bad"
    return "warn" if one.state == "not_invited" and settings().sign_in == "local" else ""


def _draw_held(ctx: Context, labels: Names, rows: Sequence[Held]) -> None:
    kinds = {"complaint": _("Complaint"), "callback": _("Callback"), "alert": pgettext("people", "Alert")}
    listing(
        rows,
        (
            Column(_("Who left"), name),
            coded(_("Kind"), "kind", kinds.__getitem__),
            *columns.complaint(ctx),
            tiers(),
            columns.department(labels),
            columns.region(labels),
            due_time(ctx, _("Due"), "due_at"),
        ),
    )
    if len(rows) == SHOWN:
        st.caption(_("There are more: the first {n} are shown, earliest due first.").format(n=SHOWN))
