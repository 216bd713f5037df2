"""Co-owners: who answers how fast, by department."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from functools import partial

from config.policy import Target
from dashboard.controls.names import Names
from dashboard.locale import _
from dashboard.locale.shown import duration, in_brackets, number, percent
from dashboard.parts import Column, Context, Tone, download, listing, panel
from dashboard.reads import Snapshot
from dashboard.views.co_owners.lists import linked
from queries.attribution.blocking import Blocker
from queries.attribution.scope import Cost, Whole
from queries.pages.co_owners import ALL, Answers, Kept, Limits, Pace

GOOD, FAIR = 0.9, 0.75


@dataclass(frozen=True, slots=True)
class DepartmentInWords:
    """As exported; times in seconds."""

    department: str
    requests: int
    open: int
    responses_decided: int
    responses_late: int
    opinions_decided: int
    opinions_late: int
    response_median: float | None
    response_90_percent: float | None
    opinion_median: float | None
    opinion_90_percent: float | None
    held_past_limit: int
    avoidable_breaches: int


def within(targets: Sequence[Target], title: str, plain: str) -> str:
    """`title` with the limit, where the policy has exactly one, else `plain`."""
    if len(targets) != 1:
        return plain
    budget, hours = targets[0].budget, targets[0].hours
    if budget.working_days:
        return title.format(limit=_("{n} working days").format(n=budget.working_days))
    limit = _exact(budget.seconds)
    return title.format(limit=limit if hours == "always" else in_brackets(limit, _("working hours")))


def _exact(seconds: int) -> str:
    if seconds % 3600 == 0:
        return _("{n} h").format(n=seconds // 3600)
    return _("{n} min").format(n=seconds // 60) if seconds % 60 == 0 else duration(seconds)


def tone(share: float | None) -> Tone:
    if share is None:
        return ""
    return "good" if share >= GOOD else "warn" if share >= FAIR else "bad"


def departments(
    now: Context,
    ctx: Context,
    known: Names,
    limits: Limits,
    answers: Snapshot[Answers | None],
    whole: Snapshot[Whole],
    blockers: Snapshot[tuple[Blocker, ...]],
) -> None:
    """`now` has read the blockers, `ctx` the rest: each number leads to the instant of its own count."""
    of_each = whole.rows.costs if whole.rows else ()
    costs = {ALL: total_cost(of_each)} | {cost.department_id or 0: cost for cost in of_each}
    waiting = {one.department_id: one.complaints for one in blockers.rows or ()}
    waiting[ALL] = sum(waiting.values())

    def draw(found: Answers) -> None:
        rows = (found.all, *found.departments)
        listing(rows, _department_columns(now, ctx, known, limits, costs, waiting))
        words = tuple(_department_in_words(known, row, costs.get(row.department_id)) for row in rows)
        download(ctx, "co_owner_departments", words)

    panel(
        ctx,
        "departments",
        _("By co-owner department"),
        answers,
        lambda found: draw(found) if found else None,
        note=_("requests of the period; who still waits counts as waiting; the most late opinions first"),
        empty=_("No co-owner was asked in this period."),
    )


def _department_columns(
    now: Context,
    ctx: Context,
    known: Names,
    limits: Limits,
    costs: dict[int, Cost],
    waiting: dict[int, int],
) -> tuple[Column, ...]:
    to = partial(_to, ctx, known)

    def cost(row: Pace) -> Cost | None:
        return costs.get(row.department_id)

    return (
        Column(_("Department"), lambda row: _name(known, row)),
        _count(_("Waiting now"), lambda row: waiting.get(row.department_id, 0), _to(now, known, "waiting")),
        _count(_("Requests"), lambda row: row.requests, to("requests", which="all")),
        _count(_("Open"), lambda row: row.open, to("requests", which="open")),
        _share(
            within(limits.respond, _("Response in {limit}"), _("Responded in time")),
            lambda row: row.within_respond,
            to("requests", which="respond_late"),
        ),
        Column(_("Median"), lambda row: duration(row.respond_median), number=True),
        Column(_("90 %"), lambda row: duration(row.respond_90), number=True),
        _share(
            within(limits.opinion, _("Opinion in {limit}"), _("Opinion in time")),
            lambda row: row.within_opinion,
            to("requests", which="opinion_late"),
        ),
        Column(_("Median"), lambda row: duration(row.opinion_median), number=True),
        Column(_("90 %"), lambda row: duration(row.opinion_90), number=True),
        Column(_("Past its limit"), lambda row: _lost(cost(row)), True, href=to("late")),
        _count(_("Avoidable"), lambda row: _avoidable(cost(row)), to("breaches", which="avoidable")),
    )


def _to(ctx: Context, known: Names, what: str, **more: str) -> Callable[[Pace], str]:
    def link(row: Pace) -> str:
        code = known.department_codes.get(row.department_id, "none")
        return linked(ctx, what, **more, **({} if row.department_id == ALL else {"in_department": code}))

    return link


def _name(known: Names, row: Pace) -> str:
    return _("All departments") if row.department_id == ALL else known.department(row.department_id)


def total_cost(costs: Iterable[Cost]) -> Cost:
    of_each = [astuple(cost)[1:] for cost in costs]
    return Cost(ALL, *map(sum, zip(*of_each, strict=True))) if of_each else Cost(ALL, *[0] * 5)


def _lost(cost: Cost | None) -> str:
    return duration(cost.late_seconds) if cost and cost.late_seconds else "–"


def _avoidable(cost: Cost | None) -> int | None:
    return cost.avoidable if cost else None


def tally(row: Kept) -> tuple[int, int, int, int, int, int]:
    decided, late = row.respond_decided, row.respond_late
    return row.requests, row.open, decided, late, row.opinion_decided, row.opinion_late


def _department_in_words(known: Names, row: Pace, cost: Cost | None) -> DepartmentInWords:
    return DepartmentInWords(
        _name(known, row),
        *tally(row),
        row.respond_median,
        row.respond_90,
        row.opinion_median,
        row.opinion_90,
        cost.late_seconds if cost else 0,
        cost.avoidable if cost else 0,
    )


def _count(head: str, count: Callable[[Pace], int | None], to: Callable[[Pace], str]) -> Column:
    return Column(head, lambda row: number(count(row)), number=True, href=to)


def _share(head: str, share: Callable[[Pace], float | None], to: Callable[[Pace], str]) -> Column:
    return Column(head, lambda row: percent(share(row)), True, lambda row: tone(share(row)), to)
