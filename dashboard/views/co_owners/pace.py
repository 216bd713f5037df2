"""Co-owners: who answers how fast, by department."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, replace
from functools import partial

from config.policy import Target
from dashboard.controls.columns import amount, in_file_only, share, span
from dashboard.controls.indicator import headed
from dashboard.controls.names import Names
from dashboard.locale import _
from dashboard.locale.shown import duration, in_brackets
from dashboard.parts import Column, Context, Tone, download, listing, panel
from dashboard.reads import Snapshot
from dashboard.views.co_owners.lists import linked
from queries.attribution.blocking import Blocker
from queries.attribution.scope import Cost, Totals
from queries.pages.co_owners import ALL, Answers, Limits, Pace

GOOD, FAIR = 0.9, 0.75


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
    labels: Names,
    limits: Limits,
    answers: Snapshot[Answers | None],
    totals: Snapshot[Totals],
    blockers: Snapshot[tuple[Blocker, ...]],
) -> None:
    """`now` has read the blockers, `ctx` the rest: each number leads to the instant of its own count."""
    of_each = totals.rows.costs if totals.rows else ()
    costs = {ALL: total_cost(of_each)} | {cost.department_id or 0: cost for cost in of_each}
    waiting = {one.department_id: one.complaints for one in blockers.rows or ()}
    waiting[ALL] = sum(waiting.values())

    def draw(found: Answers | None) -> None:
        if found is None:
            return
        rows = (found.all, *found.departments)
        columns = _department_columns(now, ctx, labels, limits, costs, waiting)
        listing(rows, columns)
        download(ctx, "co_owner_departments", rows, columns)

    panel(
        ctx,
        "departments",
        _("By co-owner department"),
        answers,
        draw,
        note=_("requests of the period; open ones count with their time so far; most late opinions first"),
        empty=_("No co-owner was asked in this period."),
    )


def _department_columns(
    now: Context,
    ctx: Context,
    labels: Names,
    limits: Limits,
    costs: dict[int, Cost],
    waiting: dict[int, int],
) -> tuple[Column, ...]:
    to = partial(_to, ctx, labels)

    def now_waiting(row: Pace) -> int:
        return waiting.get(row.department_id, 0)

    lost, avoidable = partial(_lost, costs), partial(_avoidable, costs)
    waiting_now = amount(_("Waiting now"), now_waiting, href=_to(now, labels, "waiting"))
    response = within(limits.respond, _("Response in {limit}"), _("Responded in time"))
    opinion = within(limits.opinion, _("Opinion in {limit}"), _("Opinion in time"))
    return (
        Column(_("Department"), partial(_name, labels)),
        headed("waiting_on_co_owner", waiting_now),
        amount(_("Requests"), "requests", href=to("requests", which="all")),
        amount(_("Open"), "open", href=to("requests", which="open")),
        *responses(),
        headed("response_in_time", _share(response, "within_respond", to("requests", which="respond_late"))),
        _percentile(_("Median"), "respond_median", _("Response"), _half()),
        _percentile(_("90 %"), "respond_90", _("Response"), _nine()),
        *opinions(),
        headed("opinion_in_time", _share(opinion, "within_opinion", to("requests", which="opinion_late"))),
        _percentile(_("Median"), "opinion_median", _("Opinion"), _half()),
        _percentile(_("90 %"), "opinion_90", _("Opinion"), _nine()),
        headed("held_past_limit", span(_("Past due by"), lost, href=to("late"))),
        headed(
            "avoidable_breaches", amount(_("Avoidable"), avoidable, href=to("breaches", which="avoidable"))
        ),
    )


def _lost(costs: dict[int, Cost], row: Pace) -> int | None:
    cost = costs.get(row.department_id)
    return cost.late_seconds or None if cost else None


def _avoidable(costs: dict[int, Cost], row: Pace) -> int | None:
    cost = costs.get(row.department_id)
    return cost.avoidable if cost else None


def responses() -> tuple[Column, ...]:
    """Of the file: what the share is of."""
    return (
        in_file_only(amount(_("Responses due"), "respond_decided")),
        in_file_only(amount(_("Responses late"), "respond_late")),
    )


def opinions() -> tuple[Column, ...]:
    return (
        in_file_only(amount(_("Opinions due"), "opinion_decided")),
        in_file_only(amount(_("Opinions late"), "opinion_late")),
    )


def _percentile(head: str, name: str, step: str, means: str) -> Column:
    """The file has no heads in groups: it says of which step."""
    column = span(head, name)
    return replace(column, hint=means, exported_head=f"{step} – {column.exported_head}")


def _half() -> str:
    return _("Half of the requests took at most this long.")


def _nine() -> str:
    return _("Nine of ten requests took at most this long.")


def _share(head: str, name: str, to: Callable[[Pace], str]) -> Column:
    def toned(row: Pace) -> Tone:
        return tone(getattr(row, name))

    return share(head, name, tone=toned, href=to)


def _to(ctx: Context, labels: Names, what: str, **more: str) -> Callable[[Pace], str]:
    def link(row: Pace) -> str:
        code = labels.department_codes.get(row.department_id, "none")
        return linked(ctx, what, **more, **({} if row.department_id == ALL else {"in_department": code}))

    return link


def _name(labels: Names, row: Pace) -> str:
    return _("All departments") if row.department_id == ALL else labels.department(row.department_id)


def total_cost(costs: Iterable[Cost]) -> Cost:
    of_each = [astuple(cost)[1:] for cost in costs]
    return Cost(ALL, *map(sum, zip(*of_each, strict=True))) if of_each else Cost(ALL, *[0] * 5)
