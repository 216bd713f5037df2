"""Overview: the regions beside each other, each number against its goal and the period before."""

from collections.abc import Callable, Sequence
from functools import partial
from html import escape

import streamlit as st

from config.policy import Goals
from dashboard.controls.columns import amount
from dashboard.controls.indicator import meaning, name, tile
from dashboard.controls.interval import between, line
from dashboard.controls.names import Names, names
from dashboard.locale import _, ngettext
from dashboard.locale.shown import headed, listed, number, percent
from dashboard.parts import Column, Context, Tile, Tone, download, panel, tiles
from dashboard.reads import Snapshot
from dashboard.views.overview.rows import SORTS, Row, Sort, ordered, read
from queries.pages.overview import Met
from queries.pages.satisfaction import Mean
from queries.policies import history
from queries.rates import FEWEST, rate

NAMED = 3  # regions in the sentence
LOWEST = 3.0  # where the line of satisfaction begins, so that differences are seen


def live(ctx: Context) -> None:
    rows, labels = read(ctx), names(ctx)
    goals = ctx.read(history.goals).rows
    if rows:
        st.html(f'<p class="sentence">{sentence(labels, rows, goals)}</p>')
        tiles(_tiles(ctx, rows, goals))
    title = _("City by city") if ctx.filters.regions else _("Regions")
    state = Snapshot(rows, ctx.now, "live" if rows is not None else "unavailable")
    panel(ctx, "regions", title, state, partial(_draw, ctx, labels, goals), note=_note(ctx))


def _note(ctx: Context) -> str:
    days = (ctx.filters.until - ctx.filters.since).days + 1
    return ngettext(
        "{n} day against the day before; press a name to see its cities",
        "{n} days against the {n} before; press a name to see its cities",
        days,
    ).format(n=days)


def sentence(labels: Names, rows: Sequence[Row], goals: Goals | None) -> str:
    """Which regions became worse beyond chance, and whether satisfaction is surely below its goal. HTML."""
    worse = ordered([row for row in rows if row.is_worse], "moved")
    below = [row for row in rows if goals and _is_below(row.satisfaction, goals.satisfaction)]
    said = []
    if worse:
        text = _("fewer deadlines are met in time than in the period before, beyond chance.")
        said.append(headed(_named(labels, worse), escape(text)))
    if below and goals:
        text = _("satisfaction is surely below the goal of {goal}.").format(
            goal=number(goals.satisfaction, 1)
        )
        said.append(headed(_named(labels, ordered(below, "satisfaction")), escape(text)))
    return " ".join(said) or escape(_("No region became worse beyond chance."))


def _named(labels: Names, rows: Sequence[Row]) -> str:
    named = listed(labels.region(row.region_id) for row in rows[:NAMED])
    more = _(" and {n} more").format(n=number(len(rows) - NAMED)) if rows[NAMED:] else ""
    return f"<b>{escape(named + more)}</b>"


def _is_below(mean: Mean | None, goal: float) -> bool:
    return mean is not None and mean.answers >= FEWEST and mean.mean + mean.margin < goal


def _tiles(ctx: Context, rows: Sequence[Row], goals: Goals | None) -> tuple[Tile, ...]:
    late = [row.expected for row in rows if row.expected]
    unknown = bool(late) and all(one.unknown == one.deadlines for one in late)
    expected = sum(one.breaches for one in late)
    due, missed = (sum(getattr(row.met, one) for row in rows if row.met) for one in ("due", "late"))
    decided, slow = (
        sum(getattr(row.pace, one) for row in rows if row.pace) for one in ("opinion_decided", "opinion_late")
    )
    answers = sum(row.satisfaction.answers for row in rows if row.satisfaction)
    scores = sum(row.satisfaction.mean * row.satisfaction.answers for row in rows if row.satisfaction)
    mean = scores / answers if answers else None
    below = mean is not None and goals is not None and mean < goals.satisfaction
    opened = sum(row.open for row in rows)
    shown = "–" if ctx.moment.as_of or unknown else f"≈ {number(expected)}"
    return (
        tile("expected_late", shown, href=ctx.url("risk")),
        tile("met_in_time", percent(1 - missed / due if due else None, 1), _of(due)),
        tile("open_complaints", number(opened), href=ctx.counted("backlog", list="open")),
        tile(
            "opinion_kept",
            percent(1 - slow / decided if decided else None, 1),
            _of(decided),
            href=ctx.url("co_owners"),
        ),
        tile(
            "mean_satisfaction",
            number(mean, 2),
            _("goal {n}").format(n=number(goals.satisfaction, 1)) if goals else "",
            "warn" if below else "",
            href=ctx.url("satisfaction"),
        ),
    )


def _of(count: int) -> str:
    return _("of {n}").format(n=number(count))


def chosen_sort() -> Sort:
    asked = st.query_params.get("sort")
    return next((one for one in SORTS if one == asked), "moved")


def _draw(ctx: Context, labels: Names, goals: Goals | None, rows: tuple[Row, ...]) -> None:
    by = chosen_sort()
    heads = {
        "open": name("open_complaints"),
        "expected": name("expected_late"),
        "met": name("met_in_time"),
        "opinion": name("opinion_kept"),
        "satisfaction": name("mean_satisfaction"),
        "held": name("resolution_rate"),
        "moved": _("Against the period before"),
    }
    codes = {"open": "open_complaints", "expected": "expected_late", "met": "met_in_time"}
    codes |= {"opinion": "opinion_kept", "satisfaction": "mean_satisfaction", "held": "resolution_rate"}
    head = f"<th>{escape(_('Region'))}</th>"
    for key, label in heads.items():
        mark = " ▾" if key == by else ""
        hint = meaning(codes[key], goals) if key in codes else _("Change of the share of deadlines in time.")
        head += (
            f'<th class="n" aria-sort="{"descending" if key == by else "none"}" title="{escape(hint)}">'
            f'<a href="{escape(ctx.url("overview", sort=key))}" target="_self">{escape(label)}{mark}</a></th>'
        )
    body = "".join(_row(ctx, labels, goals, row) for row in ordered(rows, by))
    st.html(f'<table class="list overview"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
    download(ctx, "regions", ordered(rows, by), _columns(labels))


def _row(ctx: Context, labels: Names, goals: Goals | None, row: Row) -> str:
    code = labels.region_codes.get(row.region_id, "")
    here = {"region": code} if code else {}
    region = escape(labels.region(row.region_id).rpartition(" · ")[2])
    if code and not ctx.filters.regions:
        region = _link(ctx.url("overview", **here), region)
    cells = (
        _link(ctx.counted("backlog", list="open", **here), number(row.open)) if code else number(row.open),
        _expected(ctx, row, here),
        _met(row.met),
        _opinion(ctx, row, here),
        _satisfaction(ctx, row.satisfaction, goals, here),
        _held(row, goals),
        _change(row),
    )
    return f"<tr><td>{region}</td>" + "".join(f'<td class="n">{cell}</td>' for cell in cells) + "</tr>"


def _link(url: str, text: str) -> str:
    return f'<a href="{escape(url)}" target="_self">{text}</a>'


def _few(count: int) -> str:
    tooltip = _("too few to judge: {n}").format(n=number(count))
    return f'<span class="few" title="{escape(tooltip)}">{escape(_("few"))}</span>'


def _expected(ctx: Context, row: Row, here: dict[str, str]) -> str:
    one = row.expected
    if one is None:
        return "–" if ctx.moment.as_of else "0"
    if one.unknown == one.deadlines:
        return "–"
    return _link(ctx.url("risk", **here), number(one.breaches, 1))


def _share(hits: int, of: int, goal: float | None = None, url: str = "") -> str:
    found = rate(hits, of)
    if found is None:
        return _few(of)
    tone: Tone = "warn" if goal is not None and found.high < goal else ""
    text = f'<b class="{tone}">{percent(found.share, 1)}</b>'
    tooltip = _("95 % interval: {interval}; {counts}").format(interval=between(found), counts=_of(of))
    drawn = line(found.low, found.share, found.high, goal)
    return f'<span class="rate" title="{escape(tooltip)}">{drawn}{_link(url, text) if url else text}</span>'


def _met(met: Met | None) -> str:
    return _share(met.due - met.late, met.due) if met else "–"


def _opinion(ctx: Context, row: Row, here: dict[str, str]) -> str:
    pace = row.pace
    if pace is None or not pace.opinion_decided:
        return "–"
    kept = pace.opinion_decided - pace.opinion_late
    return _share(kept, pace.opinion_decided, url=ctx.url("co_owners", **here))


def _satisfaction(ctx: Context, mean: Mean | None, goals: Goals | None, here: dict[str, str]) -> str:
    if mean is None:
        return "–"
    if mean.answers < FEWEST:
        return _few(mean.answers)
    goal = goals.satisfaction if goals else None
    tone: Tone = "warn" if goal is not None and mean.mean + mean.margin < goal else ""
    ends = (_on_line(mean.mean - mean.margin), _on_line(mean.mean), _on_line(mean.mean + mean.margin))
    drawn = line(*ends, None if goal is None else _on_line(goal))
    text = f'<b class="{tone}">{number(mean.mean, 2)}</b>'
    tooltip = _("±{margin}; {n} answers").format(margin=number(mean.margin, 2), n=number(mean.answers))
    link = _link(ctx.url("satisfaction", **here), text)
    return f'<span class="rate" title="{escape(tooltip)}">{drawn}{link}</span>'


def _on_line(score: float) -> float:
    return (score - LOWEST) / (5 - LOWEST)


def _held(row: Row, goals: Goals | None) -> str:
    held = row.held
    if held is None:
        return "–"
    return _share(held.resolved - held.reopened, held.resolved, goals.resolution_rate if goals else None)


def points(row: Row) -> float | None:
    """Percentage points by which the share of deadlines in time changed."""
    if not row.met or not row.met_before or row.met.share is None or row.met_before.share is None:
        return None
    return 100 * (row.met.share - row.met_before.share)


def _change(row: Row) -> str:
    changed = points(row)
    if row.moved is None or changed is None:
        return "–"
    if not (row.is_worse or row.is_better):
        return f'<span class="few">{escape(_("within chance"))}</span>'
    tone: Tone = "bad" if row.is_worse else "good"
    arrow = "▼" if row.is_worse else "▲"
    text = _("{points} points").format(points=f"{changed:+.1f}".replace("-", "−"))
    return f'<b class="{tone}">{arrow} {escape(text)}</b>'


def _columns(labels: Names) -> tuple[Column, ...]:
    def of(value: Callable[[Row], float | None], digits: int = 4) -> Callable[[Row], str | float | None]:
        def cell(row: Row) -> str | float | None:
            found = value(row)
            return None if found is None else round(found, digits)

        return cell

    def column(head: str, value: Callable[[Row], float | None]) -> Column:
        return Column(head, lambda _row: "", number=True, exported=of(value))

    return (
        Column(_("Region"), lambda row: labels.region(row.region_id)),
        amount(name("open_complaints"), "open"),
        column(name("expected_late"), lambda row: row.expected.breaches if row.expected else None),
        column(name("met_in_time"), lambda row: row.met.share if row.met else None),
        column(_("Deadlines due"), lambda row: row.met.due if row.met else None),
        column(name("opinion_kept"), lambda row: row.pace.within_opinion if row.pace else None),
        column(name("mean_satisfaction"), lambda row: row.satisfaction.mean if row.satisfaction else None),
        column(name("answers"), lambda row: row.satisfaction.answers if row.satisfaction else None),
        column(name("resolution_rate"), lambda row: row.held.rate if row.held else None),
        column(_("Change, points"), points),
    )
