"""A share with its 95 % interval: the figure, and a dot on its line from 0 to 100 %. Plain HTML."""

from html import escape

from dashboard.locale import _
from dashboard.locale.shown import number, percent
from queries.rates import Rate


def between(rate: Rate) -> str:
    return f"{number(100 * rate.low)}–{percent(rate.high)}"


def counted(hits: int, of: int) -> str:
    return _("{k} of {n}").format(k=number(hits), n=number(of))


def interval(rate: Rate | None, hits: int, of: int) -> str:
    """Of too few, the plain counts."""
    if rate is None:
        tooltip = _("too few for a percentage")
        shown = counted(hits, of) if of else "–"
        return f'<span class="few" title="{escape(tooltip)}">{escape(shown)}</span>'
    tooltip = _("95 % interval: {interval}; {counts}").format(
        interval=between(rate), counts=counted(hits, of)
    )
    return (
        f'<span class="rate" title="{escape(tooltip)}"><b>{percent(rate.share)}</b>'
        f"<small>{between(rate)}</small>"
        f"{line(rate.low, rate.share, rate.high)}</span>"
    )


def line(low: float, share: float, high: float, goal: float | None = None) -> str:
    """A dot with its arms, each a share of the line; the goal is a tick."""
    tick = "" if goal is None else f'<s style="left:{_place(goal)}"></s>'
    arms = f'<i style="left:{_place(low)};right:{_place(1 - high)}"></i>'
    return f'<span class="line">{arms}{tick}<u style="left:{_place(share)}"></u></span>'


def _place(share: float) -> str:
    return f"{100 * min(max(share, 0), 1):.1f}%"
