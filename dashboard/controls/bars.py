"""Bars of counts whose every part leads to what it counts: plain HTML, so that a bar can be a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from dashboard.controls.names import tier
from dashboard.locale.shown import headed, in_brackets, listed, number


@dataclass(frozen=True, slots=True)
class Part:
    """`tier` gives the colour; 0 is grey."""

    name: str
    count: int
    tier: int


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    parts: tuple[Part, ...]
    href: str = ""
    title: str = ""  # what the label stands for, in full
    chosen: bool = False
    label_href: str = ""

    @property
    def count(self) -> int:
        return sum(part.count for part in self.parts)


def legend(bars: Sequence[Bar]) -> str:
    """Of the tiers that occur."""
    seen = [
        n for n in (1, 2, 3, 0) if any(part.tier == n and part.count for bar in bars for part in bar.parts)
    ]
    return (
        '<div class="legend">'
        + "".join(f'<span class="tier-{n}">{escape(tier(n))}</span>' for n in seen)
        + "</div>"
    )


def columns(bars: Sequence[Bar]) -> None:
    """Vertical and evenly spaced."""
    most = max((bar.count for bar in bars), default=0) or 1
    st.html(f'{legend(bars)}<div class="columns">{"".join(_column(bar, most) for bar in bars)}</div>')


def _column(bar: Bar, most: int) -> str:
    parts = "".join(
        f'<i class="tier-{part.tier}" style="height:{100 * part.count / most:.2f}%"></i>'
        for part in bar.parts
        if part.count
    )
    inside = (
        f'<b>{number(bar.count) if bar.count else "·"}</b><div class="stack">{parts}</div>'
        f"<span>{escape(bar.label)}</span>"
    )
    shown = f' class="{"on" if bar.chosen else ""}" title="{escape(_tooltip(bar))}"'
    if bar.count:
        return f'<a{shown} href="{escape(bar.href)}" target="_self">{inside}</a>'
    return f"<div{shown}>{inside}</div>"


def _tooltip(bar: Bar) -> str:
    parts = listed(headed(part.name, number(part.count)) for part in bar.parts if part.count)
    text = headed(bar.title or bar.label, number(bar.count))
    return in_brackets(text, parts) if parts else text


def rows(bars: Sequence[Bar], heads: Sequence[str], means: str) -> None:
    """Horizontal, one below the other, with the count as the link; `heads` name the label and the count,
    which `means` defines."""
    most = max((bar.count for bar in bars), default=0) or 1
    body = "".join(_row(bar, most) for bar in bars)
    first, last = (escape(head) for head in heads)
    st.html(
        f'{legend(bars)}<table class="list bars"><thead><tr><th>{first}</th><th></th>'
        f'<th class="n" title="{escape(means)}">{last}</th></tr></thead><tbody>{body}</tbody></table>'
    )


def _row(bar: Bar, most: int) -> str:
    parts = "".join(
        f'<i class="tier-{part.tier}" style="width:{100 * part.count / most:.2f}%"></i>'
        for part in bar.parts
        if part.count
    )
    count = number(bar.count)
    if bar.href and bar.count:
        count = f'<a href="{escape(bar.href)}" target="_self">{count}</a>'
    label = escape(bar.label)
    if bar.label_href:
        label = f'<a href="{escape(bar.label_href)}" target="_self">{label}</a>'
    return (
        f'<tr title="{escape(_tooltip(bar))}"><td>{label}</td><td><div class="lying">{parts}</div></td>'
        f'<td class="n">{count}</td></tr>'
    )
