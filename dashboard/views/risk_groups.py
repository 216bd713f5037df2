"""How good is the risk, by kind of deadline: expected and real breaches, and the ranking within each."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Literal

import streamlit as st

from dashboard.locale import _
from dashboard.locale.shown import number, percent
from dashboard.parts import MARKS, Context, panel
from dashboard.reads import Picture
from queries.risk_quality import FEWEST, Group, Quality

Which = Literal["targets", "tiers", "departments"]
POOR = 0.6  # of AUC; half of the pairs are right by chance


def draw(
    ctx: Context,
    measured: Picture[Quality],
    which: Which,
    title: str,
    name: Callable[[Any], str],
    empty: str,
) -> None:
    def rows(quality: Quality) -> Sequence[Group]:
        groups: Sequence[Group] = getattr(quality, which)
        return sorted(groups, key=lambda group: str(group.key or "~")) if which == "tiers" else groups

    panel(
        ctx,
        f"quality_{which}",
        title,
        measured,
        lambda quality: _table(rows(quality), title, name),
        note=_("bar: share late; line: as said"),
        empty=empty,
    )


def _table(groups: Sequence[Group], title: str, name: Callable[[Any], str]) -> None:
    most = max(_shares(group)[1] for group in groups) or 1.0
    most = max(most, *(_shares(group)[0] for group in groups))
    heads = (title, "", _("Expected late"), _("Late"), _("Questions"), _("AUC"))
    head = "".join(
        f'<th class="{"n" if place > 1 else ""}">{escape(word)}</th>' for place, word in enumerate(heads)
    )
    body = "".join(_row(group, name(group.key), most) for group in groups)
    st.html(f'<table class="list bars said"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')


def _shares(group: Group) -> tuple[float, float]:
    """Said and came."""
    return group.expected / group.questions, group.breached / group.questions


def _row(group: Group, name: str, most: float) -> str:
    said, came = _shares(group)
    told = _("{name}: {said} late expected, {came} came").format(
        name=name, said=percent(said, 1), came=percent(came, 1)
    )
    bar = (
        f'<div class="came"><i style="width:{100 * came / most:.1f}%"></i>'
        f'<b style="left:{100 * said / most:.1f}%"></b></div>'
    )
    cells = (number(group.expected), number(group.breached), number(group.questions))
    return (
        f'<tr title="{escape(told)}"><td>{escape(name)}</td><td>{bar}</td>'
        + "".join(f'<td class="n">{cell}</td>' for cell in cells)
        + _ranking(group)
        + "</tr>"
    )


def _ranking(group: Group) -> str:
    if group.questions < FEWEST:
        return f'<td class="n none">{escape(_("too few"))}</td>'
    if group.auc is None:
        return f'<td class="n none">{escape(_("all alike"))}</td>'
    if group.auc < POOR:
        return f'<td class="n warn">{MARKS["warn"]} {number(group.auc, 3)}</td>'
    return f'<td class="n">{number(group.auc, 3)}</td>'
