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
        f'<span class="line"><i style="left:{100 * rate.low:.1f}%;right:{100 - 100 * rate.high:.1f}%"></i>'
        f'<u style="left:{100 * rate.share:.1f}%"></u></span></span>'
    )
