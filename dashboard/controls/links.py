"""Numbers of tables written as HTML: each leads to what it counts, a heat cell is tinted by its size."""

from html import escape

from dashboard.locale.shown import number


def link(shown: str, href: str) -> str:
    return f'<a href="{escape(href)}" target="_self">{escape(shown)}</a>'


def heat_cell(count: int, most: int, href: str) -> str:
    """A table cell; `most` is the largest count of the table."""
    if not count:
        return '<td class="n none">0</td>'
    share = 5 + 40 * (count / most) ** 0.5
    colour = f' style="background:color-mix(in srgb, var(--accent) {share:.0f}%, transparent)"'
    return f'<td class="n"{colour}>{link(number(count), href)}</td>'
