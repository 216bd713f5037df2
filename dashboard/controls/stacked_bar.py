"""Whose time it was, as one stacked bar of the total, and two clocks side by side. Plain HTML."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from dashboard.locale import _
from dashboard.locale.shown import duration, headed, listed, percent
from queries.attribution.parts import Holder

SHOWN_FROM = 0.07  # a part with less of the bar has no room for its figure


@dataclass(frozen=True, slots=True)
class Held:
    """A part of the bar; its holder gives the colour."""

    holder: Holder
    name: str
    seconds: int
    href: str = ""


def holder_name(holder: Holder) -> str:
    labels: dict[Holder, str] = {
        "customer": _("Customer"),
        "lead": _("Lead owner"),
        "co_owner": _("Co-owner"),
        "follow_up": _("Follow-up"),
    }
    return labels[holder]


def stacked_bar(parts: Sequence[Held]) -> str:
    total = sum(part.seconds for part in parts) or 1
    return f'<div class="whole">{"".join(_part(part, part.seconds / total) for part in parts)}</div>'


def _part(part: Held, share: float) -> str:
    tooltip = headed(part.name, listed([duration(part.seconds), percent(share, 1)]))
    figure = percent(share) if share >= SHOWN_FROM else ""
    about = f'class="held-{part.holder}" style="flex-grow:{part.seconds}" title="{escape(tooltip)}"'
    if part.href:
        return f'<a {about} href="{escape(part.href)}" target="_self">{figure}</a>'
    return f"<div {about}>{figure}</div>"


def chip(holder: Holder, word: str) -> str:
    """The word with the colour of its part."""
    return f'<i class="chip held-{holder}"></i>{escape(word)}'


def clocks(shown: Iterable[tuple[str, str, str]]) -> str:
    """(what, how long, a remark)."""
    inside = "".join(
        f"<div><span>{escape(what)}</span><b>{escape(time)}</b><small>{escape(remark)}</small></div>"
        for what, time, remark in shown
    )
    return f'<div class="clocks">{inside}</div>'
