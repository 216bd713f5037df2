"""One row a region, put together from what each page counts; and the sentence that sums them up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from dashboard.parts import Context
from queries.pages import backlog, co_owners, overview
from queries.pages.co_owners import RegionPace
from queries.pages.overview import BEYOND_CHANCE, ExpectedLate, Held, Met
from queries.pages.satisfaction import Mean
from queries.rates import FEWEST

Sort = Literal["open", "expected", "met", "opinion", "satisfaction", "held", "moved"]
SORTS: tuple[Sort, ...] = get_args(Sort)


@dataclass(frozen=True, slots=True)
class Row:
    """`moved`: standard errors by which the share of deadlines in time changed against the period before."""

    region_id: int
    open: int
    expected: ExpectedLate | None
    met: Met | None
    met_before: Met | None
    moved: float | None
    pace: RegionPace | None
    satisfaction: Mean | None
    held: Held | None

    @property
    def is_worse(self) -> bool:
        return self.moved is not None and self.moved <= -BEYOND_CHANCE

    @property
    def is_better(self) -> bool:
        return self.moved is not None and self.moved >= BEYOND_CHANCE


def read(ctx: Context) -> tuple[Row, ...] | None:
    """None where one of the numbers cannot be read. Expected breaches are of now only."""
    cities, by = bool(ctx.filters.regions), ctx.filters
    calm = ctx if ctx.moment.as_of else _by_minute(ctx)
    opened = ctx.read(backlog.by_region, by, not cities).rows
    met = calm.read(overview.met, by, cities).rows
    then = calm.read(overview.met, overview.before(by), cities).rows
    means = calm.read(overview.satisfaction_means, by, cities).rows
    held = calm.read(overview.held, by, cities).rows
    paces = calm.read(co_owners.answers, by)
    expected = () if ctx.moment.as_of else calm.read(overview.expected_late, by, cities).rows
    if opened is None or met is None or then is None or means is None or held is None or expected is None:
        return None
    if paces.state == "unavailable":
        return None
    return together(
        {one.region_id: one.complaints for one in opened},
        {one.region_id: one for one in expected},
        ({one.region_id: one for one in met}, {one.region_id: one for one in then}),
        {one.region_id: one for one in (paces.rows.regions if paces.rows else ())},
        dict(means),
        {one.region_id: one for one in held},
    )


def _by_minute(ctx: Context) -> Context:
    """Sums over a period move slowly."""
    return replace(ctx, moment=ctx.moment.to_minute())


def together(
    opened: dict[int, int],
    expected: dict[int, ExpectedLate],
    met: tuple[dict[int, Met], dict[int, Met]],
    paces: dict[int, RegionPace],
    means: dict[int, Mean],
    held: dict[int, Held],
) -> tuple[Row, ...]:
    """Every region of which any number is known."""
    known = opened.keys() | expected.keys() | met[0].keys() | paces.keys() | means.keys() | held.keys()
    return tuple(
        Row(
            region_id,
            opened.get(region_id, 0),
            expected.get(region_id),
            met[0].get(region_id),
            met[1].get(region_id),
            _moved(met[0].get(region_id), met[1].get(region_id)),
            paces.get(region_id),
            means.get(region_id),
            held.get(region_id),
        )
        for region_id in sorted(known)
    )


def _moved(now: Met | None, then: Met | None) -> float | None:
    return overview.moved(now, then) if now and then else None


def ordered(rows: Sequence[Row], by: Sort) -> tuple[Row, ...]:
    """What asks for somebody first; those of which the number is not known, or counts too few, last."""
    return tuple(sorted(rows, key=lambda row: (_key(row, by) is None, _key(row, by) or 0.0, row.region_id)))


def _key(row: Row, by: Sort) -> float | None:
    match by:
        case "open":
            return -row.open
        case "expected":
            return -row.expected.breaches if row.expected else None
        case "met":
            return row.met.share if row.met and row.met.due >= FEWEST else None
        case "opinion":
            return row.pace.within_opinion if row.pace and row.pace.opinion_decided >= FEWEST else None
        case "satisfaction":
            return row.satisfaction.mean if row.satisfaction and row.satisfaction.answers >= FEWEST else None
        case "held":
            return row.held.rate if row.held and row.held.resolved >= FEWEST else None
        case "moved":
            return row.moved
