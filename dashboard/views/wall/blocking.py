"""The scene 'Who blocks': co-owning departments past their limit, and the complaints that wait for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from dashboard.controls.names import Names, names
from dashboard.locale import _, ngettext
from dashboard.locale.shown import duration, number
from dashboard.parts import MARKS, Context
from dashboard.views.wall.pieces import blank, unavailable, verdict
from queries.attribution import blocking
from queries.attribution.blocking import Blocker
from queries.pages import to_move
from queries.pages.to_move import CoOwnerLoad

SHOWN, FEWEST = 11, 8  # departments that fit; the lines that are as high as those of so many


@dataclass(frozen=True, slots=True)
class Row:
    department_id: int
    requests: int
    overdue: int
    overdue_since: datetime | None
    waiting: int
    waiting_since: datetime | None


def scene(ctx: Context) -> str:
    loads = ctx.read(to_move.co_owner_loads, ctx.filters).rows
    blockers = ctx.read(blocking.blockers, ctx.filters).rows
    if loads is None or blockers is None:
        return unavailable()
    rows = together(loads, blockers)
    if not rows:
        return blank(_("Nobody waits for a co-owner"), _("No co-owner request is open."))
    labels = names(ctx)
    heads = (
        _("Co-owner"),
        _("Complaints waiting"),
        _("Longest waiting"),
        _("Requests open"),
        _("Past their limit"),
        _("Longest past"),
    )
    head = "".join(f"<span>{escape(one)}</span>" for one in heads)
    most = max(row.waiting for row in rows)
    body = "".join(_row(ctx, labels, row, most) for row in rows[:SHOWN])
    lines = max(len(rows[:SHOWN]), FEWEST) + 1
    table = f'<div class="blocks" style="--rows:{lines}"><div class="head">{head}</div>{body}</div>'
    return f'<div class="wall-now rows">{_sentence(labels, rows)}<div class="wall-panel">{table}</div></div>'


def asks(ctx: Context) -> bool:
    loads = ctx.read(to_move.co_owner_loads, ctx.filters).rows
    return loads is None or any(one.overdue for one in loads)


def together(loads: Sequence[CoOwnerLoad], blockers: Sequence[Blocker]) -> tuple[Row, ...]:
    """By department; what keeps most complaints waiting first, then what is past its limit most."""
    load, wait = {one.department_id: one for one in loads}, {one.department_id: one for one in blockers}
    rows = [
        _of(department, load.get(department), wait.get(department))
        for department in load.keys() | wait.keys()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.waiting, -row.overdue, -row.requests, row.department_id)))


def _of(department: int, load: CoOwnerLoad | None, wait: Blocker | None) -> Row:
    return Row(
        department,
        load.requests if load else 0,
        load.overdue if load else 0,
        load.oldest_due_at if load else None,
        wait.complaints if wait else 0,
        wait.oldest_at if wait else None,
    )


def _sentence(labels: Names, rows: Sequence[Row]) -> str:
    overdue = sum(row.overdue for row in rows)
    first = max(rows, key=lambda row: row.overdue)
    if not overdue:
        waiting = sum(row.waiting for row in rows)
        template = ngettext(
            "No co-owner is past its limit; {n} complaint waits",
            "No co-owner is past its limit; {n} complaints wait",
            waiting,
        )
        return verdict("good", template.format(n=number(waiting)))
    template = ngettext(
        "{n} co-owner request is past its limit", "{n} co-owner requests are past their limit", overdue
    )
    most = _("most at {department}: {n}").format(
        department=labels.department(first.department_id), n=number(first.overdue)
    )
    return verdict("warn", template.format(n=number(overdue)), most)


def _row(ctx: Context, labels: Names, row: Row, most: int) -> str:
    late = (
        f'<span class="bad">{MARKS["bad"]} {number(row.overdue)}</span>' if row.overdue else "<span>0</span>"
    )
    share = round(100 * row.waiting / most, 1) if most else 0
    cells = (
        f"<span>{escape(labels.department(row.department_id))}</span>",
        f'<span class="amount"><b>{number(row.waiting)}</b><i><u style="width:{share:g}%"></u></i></span>',
        f"<span>{escape(_since(ctx, row.waiting_since))}</span>",
        f"<span>{number(row.requests)}</span>",
        late,
        f"<span>{escape(_since(ctx, row.overdue_since))}</span>",
    )
    return f'<div class="row">{"".join(cells)}</div>'


def _since(ctx: Context, at: datetime | None) -> str:
    return "–" if at is None else duration((ctx.now - at).total_seconds())
