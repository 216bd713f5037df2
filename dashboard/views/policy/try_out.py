"""Policy: a changed text is checked, tried on what runs now, and applied."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from html import escape
from operator import itemgetter
from typing import Any

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from config.policy import PolicyError, parse
from dashboard.controls import mistakes
from dashboard.controls.columns import amount, coded, dated, department, target, tiers, to_complaint
from dashboard.controls.indicator import tile
from dashboard.controls.names import Names, names
from dashboard.locale import _, language, ngettext, pgettext
from dashboard.locale.shown import headed, listed, number, when
from dashboard.parts import Column, Context, Tile, Tone, listing, tiles
from dashboard.reads import reads
from dashboard.views.policy import closed_days, versions
from queries.db import reading
from queries.policies import history
from queries.policy_changes import dry_run
from queries.policy_changes.dry_run import Effect, Move, effect, newly_promised
from queries.policy_changes.versions import UnknownRegions

SHOWN = 50
LEVELS = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True)
class Trial:
    """What a text would do, as of the moment it was tried."""

    digest: str
    at: Any
    moves: tuple[Move, ...]


def static(ctx: Context) -> None:
    versions.offer(ctx)
    body = ctx.read(history.policy_text).rows
    if body is None:
        return
    running = ctx.read(history.policy_in_force).rows
    with st.container(key="panel_try", gap="small"):
        st.html(f'<div class="panel-head"><h3>{_("Try a change")}</h3></div>')
        st.caption(
            _("Edit the text, see what would change, then apply it. Nothing changes until you apply it.")
        )
        message = st.session_state.pop("policy_message", None)
        if message:
            st.success(message)
        if closed_days.BODY not in st.session_state or st.session_state.get("policy_base") != body:
            st.session_state[closed_days.BODY] = st.session_state["policy_base"] = body
        with st.form("policy_text", border=False):
            text = st.text_area(
                _("The policy"), height=420, key=closed_days.BODY, label_visibility="collapsed"
            )
            pressed = st.form_submit_button(_("See what it would change"), type="primary")
            if running:
                closed_days.form(ctx, names(ctx), tuple(running.calendars))
        if pressed or st.session_state.pop(closed_days.ADDED, False):
            _try(ctx, text)
        _result(ctx, text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _try(ctx: Context, text: str) -> None:
    """Derives every open complaint under both policies; an invalid text is answered with its mistakes."""
    st.session_state.pop("policy_trial", None)
    try:
        parse(text, _("The policy"))
    except PolicyError as wrong:
        lines = "\n".join("- " + headed(f"`{one.where}`", mistakes.shown(one.what)) for one in wrong.problems)
        st.error(_("Not a valid policy; the current one stays in force:") + "\n" + lines)
        return
    bar, found = st.progress(0.0), []
    try:
        with reading(reads().engine, ctx.scope) as conn:
            now = reads().now()
            for done, total, moves in dry_run.dry_run(conn, dry_run.Trial(text), now):
                sentence = _("{done} of {total} complaints").format(done=number(done), total=number(total))
                bar.progress(done / total, text=sentence)
                found += moves
    except UnknownRegions as wrong:
        st.error(_("No region has the code {codes}.").format(codes=listed(wrong.codes)))
        return
    except SQLAlchemyError:
        st.error(_("The database cannot be reached. Your text is still here; try again."))
        return
    finally:
        bar.empty()
    st.session_state.policy_trial = Trial(_digest(text), now, tuple(found))


def _result(ctx: Context, text: str) -> None:
    trial: Trial | None = st.session_state.get("policy_trial")
    if trial is None or trial.digest != _digest(text):
        return
    labels, total_effect = names(ctx), effect(trial.moves)
    tiles(_tiles(total_effect))
    sentence = _("As if applied at {time}; if applied later, it moves the deadlines running then.")
    st.caption(sentence.format(time=when(trial.at, ctx.zone)))
    _consequences(ctx, text, trial.moves, total_effect)
    if trial.moves:
        _groups(labels, trial.moves)
    _apply(ctx, text, total_effect)
    if trial.moves:
        _list(ctx, labels, trial.moves)


def _consequences(ctx: Context, text: str, moves: tuple[Move, ...], total_effect: Effect) -> None:
    """What no later policy can undo, what stays as it is, and which alerts it would raise."""
    lines = []
    if total_effect.become_breached or total_effect.ended:
        sentence = _(
            "Permanent: {breached} breached and {ended} no longer promised. Applying the old policy "
            "again does not restore them; withdrawing the version within a day does."
        )
        lines.append(
            sentence.format(breached=number(total_effect.become_breached), ended=number(total_effect.ended))
        )
    running = ctx.read(history.policy_in_force).rows
    new = newly_promised(running, parse(text)) if running else []
    if new:
        names_of = listed(one.label_zh if language() == "zh" else one.label for one in new)
        lines.append(
            _("Applies to new complaints only, not to open ones: {targets}.").format(targets=names_of)
        )
    alerting = [move.alerting for move in moves if move.alerting]
    counts = Counter(one.level for one in alerting)
    sentence = _(
        "Alerts it would raise: {critical} critical, {warning} warning, {info} info; found late: {late}."
    )
    late = number(sum(one.found_late for one in alerting))
    by_level = sentence.format(**{level: number(counts[level]) for level in LEVELS}, late=late)
    lines.append(by_level if alerting else _("It would raise no alert."))
    st.html("<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>")


def _tiles(total_effect: Effect) -> tuple[Tile, ...]:
    earlier = _("{n} earlier").format(n=number(total_effect.earlier))
    later = _("{n} later").format(n=number(total_effect.later))
    return (
        tile("due_times_moved", number(total_effect.moved), f"{earlier} · {later}"),
        tile(
            "become_breached",
            number(total_effect.become_breached),
            tone="bad" if total_effect.become_breached else "good",
        ),
        tile(
            "become_at_risk",
            number(total_effect.become_at_risk),
            tone="warn" if total_effect.become_at_risk else "",
        ),
        tile("no_longer_at_risk", number(total_effect.no_longer_at_risk)),
        tile("no_longer_promised", number(total_effect.ended)),
    )


def _groups(labels: Names, moves: tuple[Move, ...]) -> None:
    by_target, by_tier, by_department, by_region = st.columns(4)

    def province(row: Move) -> str:
        return labels.region(row.region_id).split(" · ")[0]

    for place, of in (
        (by_target, target(labels)),
        (by_tier, tiers()),
        (by_department, department(labels)),
        (by_region, Column(_("Province"), province)),
    ):
        with place:
            listing(_by(moves, of.shown)[:12], _group_columns(of.head))


def _by(moves: tuple[Move, ...], of: Callable[[Move], str]) -> list[tuple[str, Effect]]:
    groups: dict[str, list[Move]] = defaultdict(list)
    for move in moves:
        groups[of(move)].append(move)
    return sorted(((name, effect(group)) for name, group in groups.items()), key=_most_breached)


def _most_breached(row: tuple[str, Effect]) -> tuple[int, int, str]:
    return -row[1].become_breached, -row[1].moved, row[0]


def _group_columns(head: str) -> tuple[Column, ...]:
    def tone(row: tuple[str, Effect]) -> Tone:
        return "bad" if row[1].become_breached else ""

    def of(name: str) -> Callable[[tuple[str, Effect]], int]:
        def get(row: tuple[str, Effect]) -> int:
            value: int = getattr(row[1], name)
            return value

        return get

    return (
        coded(head, itemgetter(0), str),
        amount(_("Moved"), of("moved")),
        replace(amount(_("Breached"), of("become_breached")), tone=tone),
        amount(_("Alerts"), of("alerts")),
    )


def _state(code: str) -> str:
    labels = {
        "safe": pgettext("deadline", "in time"),
        "at_risk": _("at risk"),
        "breached": _("breached"),
        "paused": _("paused"),
        "ended": _("no longer promised"),
    }
    return labels[code]


def _after(row: Move) -> Tone:
    return "bad" if row.after == "breached" else ""


def _list(ctx: Context, labels: Names, moves: tuple[Move, ...]) -> None:
    order = {"breached": 0, "ended": 1, "at_risk": 2, "paused": 3, "safe": 4}
    first = sorted(moves, key=lambda one: (order[one.after], one.due_before or ctx.now))[:SHOWN]
    if len(moves) > SHOWN:
        st.caption(_("first {n} of {total}").format(n=SHOWN, total=number(len(moves))))
    listing(
        first,
        (
            coded(_("Board number"), "complaint_id", str, href=to_complaint(ctx)),
            target(labels),
            tiers(),
            department(labels),
            dated(ctx, _("Due"), "due_before"),
            dated(ctx, _("New due time"), "due_after"),
            coded(_("State"), "before", _state),
            coded(_("New state"), "after", _state, tone=_after),
        ),
    )


def _apply(ctx: Context, text: str, total_effect: Effect) -> None:
    choices = {
        "move": _("Running deadlines move to it"),
        "keep": _("Only deadlines that start from now on follow it"),
    }
    with st.form("policy_apply", border=True):
        choice = st.radio(_("Deadlines already running"), list(choices), format_func=choices.__getitem__)
        if st.form_submit_button(_("Apply this policy")):
            _save(ctx, text, choice == "move", total_effect)


def _save(ctx: Context, text: str, move_open: bool, total_effect: Effect) -> None:
    try:
        version = dry_run.apply_as(
            reads().engine, ctx.scope, text, move_open, json.dumps(asdict(total_effect) if move_open else {})
        )
    except SQLAlchemyError:
        st.error(_("Not applied: the database refused it or cannot be reached. Your text is still here."))
        return
    st.session_state.pop("policy_trial", None)
    moved = total_effect.moved if move_open else 0
    sentence = ngettext(
        "Version {n} is in force; {moved} due time moves within seconds.",
        "Version {n} is in force; {moved} due times move within seconds.",
        moved,
    )
    st.session_state.policy_message = sentence.format(n=version, moved=number(moved))
    st.rerun()
