"""The next five moves on Live risk, and the deadlines behind each, named by the URL. They only recommend."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from dashboard.controls.columns import share
from dashboard.controls.long_list import LongList, long_list
from dashboard.controls.names import Names, names
from dashboard.locale import _, ngettext
from dashboard.locale.shown import chance, due, name, number
from dashboard.parts import Column, Context, blank, panel
from queries.pages import moves
from queries.pages.moves import Action, Move, Moves
from queries.pages.risk import OpenDeadline

Columns = Callable[[Context, Names], Sequence[Column]]  # of open deadlines


def five(ctx: Context, columns: Columns) -> None:
    """Nothing of a past moment, whose risk is not kept. Computed once a minute, like the risk."""
    if ctx.moment.as_of:
        return
    snapshot = replace(ctx, moment=ctx.moment.to_minute()).read(moves.next_moves, ctx.filters)
    labels, wanted = names(ctx), st.query_params.get("move")
    found = snapshot.rows
    note = _note(ctx, found) if found else ""
    panel(ctx, "moves", _("Next moves"), snapshot, lambda rows: _draw(ctx, labels, rows, wanted), note=note)
    if found and wanted:
        chosen = next((move for move in found.moves if move.code == wanted), None)
        _opened(ctx, labels, found, chosen, columns)


def _note(ctx: Context, found: Moves) -> str:
    if not found.known:
        return ""
    parts = [
        _("avoid {gain} of {expected} expected breaches of deadlines and callbacks by {time}").format(
            gain=_breaches(sum(move.gain for move in found.moves)),
            expected=_breaches(found.expected),
            time=due(found.until, ctx.zone)[-5:],
        )
    ]
    if found.unknown:
        parts.append(_("{n} more without a breach risk").format(n=number(found.unknown)))
    return " · ".join(parts) if found.moves else ""


def _breaches(expected: float) -> str:
    return f"{expected:.1f}"


def _draw(ctx: Context, labels: Names, found: Moves, wanted: str | None) -> None:
    until = due(found.until, ctx.zone)[-5:]
    if not found.known:
        blank(_("Nothing here"), _("Nothing due by {time} has a breach risk.").format(time=until))
    elif not found.moves:
        blank(_("Nothing here"), _("No move avoids even 0.1 of a breach."))
    else:
        rows = "".join(_row(ctx, labels, found, move, move.code == wanted) for move in found.moves)
        st.html(f'<div class="moves">{rows}</div>')


def _row(ctx: Context, labels: Names, found: Moves, move: Move, is_open: bool) -> str:
    """It leads to its deadlines; the open one closes."""
    href = ctx.url("risk") if is_open else ctx.url("risk", move=move.code)
    share = 100 * move.gain / found.moves[0].gain
    whom = "".join(f"<span>{escape(word)}</span>" for word in _whom(labels, move))
    by = _("first due {time}").format(time=due(move.first_due, ctx.zone)[-5:])
    return (
        f'<a class="{"on" if is_open else ""}" href="{escape(href)}" target="_self" '
        f'title="{escape(_reason(ctx, found, move))}">'
        f'<i class="verb">{escape(_verb(move.action))}</i><b>{whom}</b>'
        f"<span>{escape(_count(move))}</span><span>{escape(by)}</span>"
        f'<span class="lying"><i style="width:{share:.1f}%"></i></span>'
        f"<em>{escape(_('avoids'))}<strong>{_breaches(move.gain)}</strong></em></a>"
    )


def _verb(action: Action) -> str:
    labels: dict[Action, str] = {
        "call": _("Call"),
        "call_back": _("Call back"),
        "chase": _("Chase"),
        "reassign": _("Reassign"),
    }
    return labels[action]


def _whom(labels: Names, move: Move) -> tuple[str, ...]:
    department = labels.department(move.department_id)
    if move.giver is None or move.taker is None:
        return (department,)
    return _("{giver} → {taker}").format(giver=name(move.giver), taker=name(move.taker)), department


def _count(move: Move) -> str:
    shown: dict[Action, str] = {
        "call": ngettext("{n} first contact", "{n} first contacts", move.count),
        "call_back": ngettext("{n} callback", "{n} callbacks", move.count),
        "chase": ngettext("{n} request", "{n} requests", move.count),
        "reassign": ngettext("{n} complaint", "{n} complaints", move.count),
    }
    return shown[move.action].format(n=number(move.count))


def _reason(ctx: Context, found: Moves, move: Move) -> str:
    return _("Avoids {gain} of {expected} expected breaches by {time}.").format(
        gain=_breaches(move.gain),
        expected=_breaches(found.expected),
        time=due(found.until, ctx.zone)[-5:],
    )


def _opened(
    ctx: Context,
    labels: Names,
    found: Moves,
    move: Move | None,
    columns: Columns,
) -> None:
    if move is None:
        gone = _("This move is no longer among the next ones: it was made, or others avoid more.")
        st.html(f'<div class="summary">{escape(gone)}</div>')
        return
    st.html(_explanation(ctx, labels, found, move))
    after = {key[:3]: left for key, left in move.deadlines}

    def left(row: OpenDeadline) -> float | None:
        return after.get((row.complaint_id, row.target, row.party_id))

    def shown(row: OpenDeadline) -> str:
        return chance(left(row))

    here = LongList(
        "move",
        f"{_verb(move.action)} {' · '.join(_whom(labels, move))}",
        _with_after(columns(ctx, labels), replace(share(_("After the move"), left), shown=shown)),
        "risk",
        {"move": move.code},
        _("All done."),
    )
    keys = tuple(key for key, _left in move.deadlines)
    long_list(ctx, here, moves.deadlines, keys, total=len(keys))


def _with_after(columns: Sequence[Column], after: Column) -> tuple[Column, ...]:
    """Beside the risk that it lowers."""
    place = [column.head for column in columns].index(_("Breach risk")) + 1
    return (*columns[:place], after, *columns[place:])


def _explanation(ctx: Context, labels: Names, found: Moves, move: Move) -> str:
    parts = [_reason(ctx, found, move), *_because(move)]
    place = _place(ctx, labels, move)
    link = f'<a href="{escape(place[0])}" target="_self">{escape(place[1])} →</a>' if place else ""
    return f'<div class="summary why">{"".join(f"<span>{escape(word)}</span>" for word in parts)}{link}</div>'


def _because(move: Move) -> tuple[str, ...]:
    """What the gain assumes."""
    if move.action in ("call", "call_back"):
        return (
            _("As many calls as one person can make in time, riskiest first."),
            _("Assumes that the customers answer."),
        )
    again = _("Assumes one more independent try; it breaches only if both fail.")
    if move.giver is None or move.taker is None:
        return (again,)
    loads = _("{giver} has {many} open complaints, {taker} has {few} and has handled this category lately.")
    return (
        loads.format(
            giver=name(move.giver),
            many=number(move.giver.load),
            taker=name(move.taker),
            few=number(move.taker.load),
        ),
        again,
    )


def _place(ctx: Context, labels: Names, move: Move) -> tuple[str, str] | None:
    """Where on the board it can be done; complaints are reached from the list."""
    if move.action == "call_back":
        return ctx.url("callbacks"), _("Callbacks")
    code = labels.department_codes.get(move.department_id or 0)
    if move.action == "chase" and code:
        open_now = ctx.url("co_owners", list="requests", which="open_now", in_department=code)
        return open_now, _("All its open requests")
    return None
