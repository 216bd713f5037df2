"""Risk accuracy by kind of deadline: expected and actual breaches, and the ranking within each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from dashboard.controls.indicator import title
from dashboard.controls.names import Names, tier
from dashboard.locale import _
from dashboard.locale.shown import number, percent
from dashboard.parts import MARKS, Context, panel
from dashboard.reads import Snapshot
from queries.risk.quality import FEWEST, Group, Quality

POOR = 0.6  # of AUC; half of the pairs are right by chance


@dataclass(frozen=True, slots=True)
class Split:
    """`of`: the groups, in the order they are shown; `name` tells what a group's key stands for."""

    code: str
    title: str
    head: str
    of: Callable[[Quality], Sequence[Group]]
    name: Callable[[Any], str]


def targets(labels: Names) -> Split:
    return Split("targets", _("By target"), _("Target"), lambda quality: quality.targets, labels.target)


def tiers() -> Split:
    def in_order(quality: Quality) -> Sequence[Group]:
        return sorted(quality.tiers, key=lambda group: (group.key is None, str(group.key)))

    return Split("tiers", _("By tier"), _("Tier"), in_order, tier)


def departments(labels: Names) -> Split:
    of, name = (lambda quality: quality.departments), labels.department
    return Split("departments", _("By department"), _("Department"), of, name)


def draw(ctx: Context, measured: Snapshot[Quality], split: Split, empty: str) -> None:
    panel(
        ctx,
        f"quality_{split.code}",
        split.title,
        measured,
        lambda quality: _table(split, split.of(quality)),
        note=_("bar: share late; line: predicted"),
        empty=empty,
    )


def _table(split: Split, groups: Sequence[Group]) -> None:
    most = max(max(_shares(group)) for group in groups) or 1.0
    expected = _("Sum of the predicted breach risks.")
    asked = _("Each deadline is asked about at several ages, as long as it is open.")
    heads = (
        (split.head, ""),
        ("", ""),
        (_("Expected late"), f' title="{escape(expected)}"'),
        (_("Late"), ""),
        (_("Questions"), f' title="{escape(asked)}"'),
        (_("AUC"), title("ranking")),
    )
    head = "".join(
        f'<th class="{"n" if place > 1 else ""}"{means}>{escape(word)}</th>'
        for place, (word, means) in enumerate(heads)
    )
    body = "".join(_row(group, split.name(group.key), most) for group in groups)
    st.html(f'<table class="list bars predicted"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
    if any(group.auc is not None and group.auc < POOR for group in groups):
        sentence = _("▲ Below {auc} the ranking is hardly better than chance (0.5).").format(
            auc=number(POOR, 1)
        )
        st.html(f'<p class="aside">{escape(sentence)}</p>')


def _shares(group: Group) -> tuple[float, float]:
    """Predicted and actual."""
    return group.expected / group.questions, group.breached / group.questions


def _row(group: Group, name: str, most: float) -> str:
    predicted, actual = _shares(group)
    tooltip = _("{name}: {predicted} late predicted, {actual} actual").format(
        name=name, predicted=percent(predicted, 1), actual=percent(actual, 1)
    )
    bar = (
        f'<div class="came"><i style="width:{100 * actual / most:.1f}%"></i>'
        f'<b style="left:{100 * predicted / most:.1f}%"></b></div>'
    )
    cells = (number(group.expected), number(group.breached), number(group.questions))
    return (
        f'<tr title="{escape(tooltip)}"><td>{escape(name)}</td><td>{bar}</td>'
        + "".join(f'<td class="n">{cell}</td>' for cell in cells)
        + _ranking(group)
        + "</tr>"
    )


def _ranking(group: Group) -> str:
    if group.questions < FEWEST:
        return f'<td class="n none">{escape(_("too few"))}</td>'
    if group.auc is None:
        return f'<td class="n none">{escape(_("one outcome only"))}</td>'
    if group.auc < POOR:
        return f'<td class="n warn">{MARKS["warn"]} {number(group.auc, 3)}</td>'
    return f'<td class="n">{number(group.auc, 3)}</td>'
