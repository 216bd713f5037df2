"""Problems: which department has which problem."""

from collections import defaultdict
from collections.abc import Sequence
from html import escape

import streamlit as st

from dashboard.controls.columns import amount, coded, department
from dashboard.controls.links import heat_cell, link
from dashboard.controls.names import Names, key_issue
from dashboard.locale import _
from dashboard.locale.shown import number
from dashboard.parts import Column, Context, download
from dashboard.views.problems.lists import drilled, region_link
from queries.pages.problems import Cell


def draw(ctx: Context, labels: Names, cells: Sequence[Cell]) -> None:
    """A heat table: problems down, departments across, most first."""
    counts: dict[tuple[str, int], int] = {(one.issue, one.place): one.complaints for one in cells}
    issues: dict[str, int] = defaultdict(int)
    departments: dict[int, int] = defaultdict(int)
    for one in cells:
        issues[one.issue] += one.complaints
        departments[one.place] += one.complaints
    down = sorted(issues, key=lambda one: (not one, -issues[one]))
    across = sorted(departments, key=lambda one: (not one, -departments[one]))
    most = max(counts.values())
    heads = "".join(f'<th class="n">{escape(labels.department(one))}</th>' for one in across)
    body = "".join(
        f"<tr><td>{region_link(ctx, issue)}</td>"
        + "".join(
            heat_cell(counts.get((issue, one), 0), most, drilled(ctx, labels, issue, department_id=one))
            for one in across
        )
        + f'<td class="n"><b>{link(number(issues[issue]), drilled(ctx, labels, issue))}</b></td></tr>'
        for issue in down
    )
    st.html(
        f'<table class="list heat wrapped"><thead><tr><th>{escape(_("Problem"))}</th>{heads}'
        f'<th class="n">{escape(_("All"))}</th></tr></thead><tbody>{body}</tbody></table>'
    )
    download(ctx, "problem_departments", cells, _columns(labels))


def _columns(labels: Names) -> tuple[Column, ...]:
    return (
        coded(_("Problem"), "issue", key_issue),
        department(labels, of="place"),
        amount(_("Complaints"), "complaints"),
    )
