"""Policy: a changed text is checked, tried on what runs now, and applied."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from config.policy import PolicyError, parse
from dashboard.controls import mistakes
from dashboard.controls.names import Names, names, tier
from dashboard.locale import _, language, ngettext, pgettext
from dashboard.locale.shown import headed, listed, number, when
from dashboard.parts import Column, Context, Tile, listing, tiles
from dashboard.reads import reads
from dashboard.views.policy import versions
from queries.db import reading
from queries.policies import history
from queries.policy_changes import dry_run
from queries.policy_changes.dry_run import Effect, Move, effect, newly_promised

SHOWN = 50
LEVELS = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True)
class Trial:
    """What a text would do, as of the moment it was tried."""

    digest: str
    at: Any
    moves: tuple[Move, ...]


def still(ctx: Context) -> None:
    versions.offer(ctx)
    body = ctx.read(history.policy_text).rows
    if body is None:
        return
    with st.container(key="panel_try", gap="small"):
        st.html(f'<div class="panel-head"><h3>{_("Try a change")}</h3></div>')
        st.caption(_("Change the text, see what would move, then apply it. Nothing changes before."))
        said = st.session_state.pop("policy_said", None)
        if said:
            st.success(said)
        with st.form("policy_text", border=False):
            text = st.text_area(
                _("The policy"), value=body, height=420, key="policy_body", label_visibility="collapsed"
            )
            pressed = st.form_submit_button(_("See what it would change"), type="primary")
        if pressed:
            _try(ctx, text)
        _result(ctx, text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _try(ctx: Context, text: str) -> None:
    """Everything that runs is derived twice; a wrong text says what would be right."""
    st.session_state.pop("policy_trial", None)
    try:
        parse(text, _("The policy"))
    except PolicyError as wrong:
        lines = "\n".join("- " + headed(f"`{one.where}`", mistakes.shown(one.what)) for one in wrong.problems)
        st.error(_("Not a policy yet; the running one stays in force:") + "\n" + lines)
        return
    bar, found = st.progress(0.0), []
    try:
        with reading(reads().engine, ctx.scope) as conn:
            now = reads().now()
            for done, total, moves in dry_run.dry_run(conn, dry_run.Trial(text), now):
                told = _("{done} of {total} complaints").format(done=number(done), total=number(total))
                bar.progress(done / total, text=told)
                found += moves
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
    known, whole = names(ctx), effect(trial.moves)
    tiles(_tiles(whole))
    told = _("Had it been applied at {time}; applying it later moves what runs then.")
    st.caption(told.format(time=when(trial.at, ctx.zone)))
    _consequences(ctx, text, trial.moves, whole)
    if trial.moves:
        _groups(known, trial.moves)
    _apply(ctx, text, whole)
    if trial.moves:
        _list(ctx, known, trial.moves)


def _consequences(ctx: Context, text: str, moves: tuple[Move, ...], whole: Effect) -> None:
    """What no later policy undoes, what it leaves as it is, and whom it would alert."""
    lines = []
    if whole.become_breached or whole.ended:
        told = _(
            "For good: {breached} breached and {ended} no longer promised. Applying the old policy again "
            "does not bring them back; withdrawing the version within a day does."
        )
        lines.append(told.format(breached=number(whole.become_breached), ended=number(whole.ended)))
    running = ctx.read(history.policy_in_force).rows
    new = newly_promised(running, parse(text)) if running else []
    if new:
        names_of = listed(one.label_zh if language() == "zh" else one.label for one in new)
        lines.append(
            _("Starts only with what comes, not with what is open: {targets}.").format(targets=names_of)
        )
    alerting = [move.alerting for move in moves if move.alerting]
    counts = Counter(one.level for one in alerting)
    told = _(
        "Alerts it would raise: {critical} critical, {warning} warning, {info} info; found late: {late}."
    )
    late = number(sum(one.found_late for one in alerting))
    lines.append(told.format(**{level: number(counts[level]) for level in LEVELS}, late=late))
    st.html("<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>")


def _tiles(whole: Effect) -> tuple[Tile, ...]:
    earlier = _("{n} earlier").format(n=number(whole.earlier))
    later = _("{n} later").format(n=number(whole.later))
    return (
        Tile(_("Due times that move"), number(whole.moved), f"{earlier} · {later}"),
        Tile(
            _("Become breached"),
            number(whole.become_breached),
            tone="bad" if whole.become_breached else "good",
        ),
        Tile(_("Become at risk"), number(whole.become_at_risk), tone="warn" if whole.become_at_risk else ""),
        Tile(_("No longer at risk"), number(whole.no_longer_at_risk)),
        Tile(_("No longer promised"), number(whole.ended)),
    )


def _groups(known: Names, moves: tuple[Move, ...]) -> None:
    by_target, by_tier, by_department, by_region = st.columns(4)
    for place, head, of in (
        (by_target, _("Target"), lambda one: known.target(one.target)),
        (by_tier, _("Tier"), lambda one: tier(one.tier)),
        (by_department, _("Department"), lambda one: known.department(one.department_id)),
        (by_region, _("Province"), lambda one: known.region(one.region_id).split(" · ")[0]),
    ):
        with place:
            listing(_by(moves, of)[:12], _group_columns(head))


def _by(moves: tuple[Move, ...], of: Callable[[Move], str]) -> list[tuple[str, Effect]]:
    groups: dict[str, list[Move]] = defaultdict(list)
    for move in moves:
        groups[of(move)].append(move)
    found = [(name, effect(group)) for name, group in groups.items()]
    return sorted(found, key=lambda row: (-row[1].become_breached, -row[1].moved, row[0]))


def _group_columns(head: str) -> tuple[Column, ...]:
    return (
        Column(head, lambda row: row[0]),
        Column(_("Move"), lambda row: number(row[1].moved), number=True),
        Column(
            _("Breached"),
            lambda row: number(row[1].become_breached),
            number=True,
            tone=lambda row: "bad" if row[1].become_breached else "",
        ),
        Column(_("Alerts"), lambda row: number(row[1].alerts), number=True),
    )


def _state(code: str) -> str:
    words = {
        "safe": pgettext("deadline", "in time"),
        "at_risk": _("at risk"),
        "breached": _("breached"),
        "paused": _("paused"),
        "ended": _("no longer promised"),
    }
    return words[code]


def _list(ctx: Context, known: Names, moves: tuple[Move, ...]) -> None:
    order = {"breached": 0, "ended": 1, "at_risk": 2, "paused": 3, "safe": 4}
    first = sorted(moves, key=lambda one: (order[one.after], one.due_before or ctx.now))[:SHOWN]
    if len(moves) > SHOWN:
        st.caption(_("first {n} of {total}").format(n=SHOWN, total=number(len(moves))))
    listing(
        first,
        (
            Column(
                _("Our number"),
                lambda one: str(one.complaint_id),
                href=lambda one: ctx.url("complaint", complaint=one.complaint_id),
            ),
            Column(_("Target"), lambda one: known.target(one.target)),
            Column(_("Tier"), lambda one: tier(one.tier)),
            Column(_("Department"), lambda one: known.department(one.department_id)),
            Column(_("Due"), lambda one: when(one.due_before, ctx.zone)),
            Column(_("Would be due"), lambda one: when(one.due_after, ctx.zone)),
            Column(_("State"), lambda one: _state(one.before)),
            Column(
                _("Would be"),
                lambda one: _state(one.after),
                tone=lambda one: "bad" if one.after == "breached" else "",
            ),
        ),
    )


def _apply(ctx: Context, text: str, whole: Effect) -> None:
    words = {
        "move": _("Open deadlines move to it"),
        "keep": _("Only what starts from now on follows it"),
    }
    with st.form("policy_apply", border=True):
        choice = st.radio(_("What happens to what runs"), list(words), format_func=words.__getitem__)
        if st.form_submit_button(_("Apply this policy")):
            _save(ctx, text, choice == "move", whole)


def _save(ctx: Context, text: str, move_open: bool, whole: Effect) -> None:
    try:
        version = dry_run.apply_as(
            reads().engine, ctx.scope, text, move_open, json.dumps(asdict(whole) if move_open else {})
        )
    except SQLAlchemyError:
        st.error(_("Not applied: the database refused it or cannot be reached. Your text is still here."))
        return
    st.session_state.pop("policy_trial", None)
    moved = whole.moved if move_open else 0
    told = ngettext(
        "Version {n} is in force; {moved} due time moves within seconds.",
        "Version {n} is in force; {moved} due times move within seconds.",
        moved,
    )
    st.session_state.policy_said = told.format(n=version, moved=number(moved))
    st.rerun()
