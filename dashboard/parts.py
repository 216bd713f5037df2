"""What pages are put together from: the context, panels with their four states, tiles, charts and lists."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, Concatenate, Literal, TypeVar
from unicodedata import east_asian_width
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy import Connection

from dashboard.locale import Language, _, use
from dashboard.locale.shown import listed, name, when
from dashboard.reads import Moment, Snapshot, reads
from dashboard.rows import arrow, as_csv, as_xlsx
from dashboard.theme import Theme, compiled
from queries import organisation
from queries.db import Scope
from queries.filters import Filters
from queries.policies.history import version_in_force

T = TypeVar("T")
Tone = Literal["", "good", "warn", "bad"]
MARK = str(Path(__file__).with_name("mark.svg"))
BRAND = Path(MARK).read_text("utf-8")
LONG_VALUE = 12  # characters of a tile; longer ones are set smaller. A Chinese one is as wide as two
SHORT_CELL = 14  # characters of a table that stay on one line
FROM_LIVE = {"from": "live"}  # beside as_of: the instant of a live number, not a moment that a person chose
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MARKS: dict[Tone, str] = {"": "", "good": "✓", "warn": "▲", "bad": "✕"}


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a page may depend on. The same context gives the same page."""

    scope: Scope
    filters: Filters
    moment: Moment
    language: Language
    theme: Theme
    zone: ZoneInfo
    query: tuple[tuple[str, str], ...] = ()  # the shareable part of the URL: filters and language
    drilled: bool = False  # the past moment is that of a live number whose link was followed

    @property
    def now(self) -> datetime:
        return self.moment.now

    def read(self, query: Callable[Concatenate[Connection, ...], T], *arguments: Hashable) -> Snapshot[T]:
        """`query(conn, *arguments)` of this moment in this person's scope, read once per version."""
        return reads().read(self.scope, self.moment, query, *arguments)

    def url(self, page: str, **more: str | int) -> str:
        """A link to `page` with these filters; from a past moment it leads to that moment."""
        past = {"as_of": self._instant()} if self.moment.as_of else {}
        if self.drilled and "as_of" not in more:
            past |= FROM_LIVE
        return f"/{page}?" + urlencode(dict(self.query) | past | {key: str(more[key]) for key in more})

    def counted(self, page: str, **more: str | int) -> str:
        """The link of a number: its list at the instant of the count, so that it is exactly that set."""
        instant = {} if self.moment.as_of else {"as_of": self._instant()} | FROM_LIVE
        return self.url(page, **instant, **more)

    def back(self, page: str) -> str:
        """From a list to the page of its number: to the present, where the number was live."""
        return f"/{page}?" + urlencode(self.query) if self.drilled else self.url(page)

    def _instant(self) -> str:
        return self.now.astimezone(self.zone).isoformat()


@dataclass(frozen=True, slots=True)
class Page:
    """`live` is drawn for each version; `static` (forms, dialogs, work lists) only when the person acts."""

    name: str  # its path in the URL
    title: Callable[[], str]
    icon: str
    live: Callable[[Context], None]
    static: Callable[[Context], None] | None = None
    roles: tuple[str, ...] = ("supervisor", "manager", "scheduler", "administrator")
    filtered: bool = True  # shows the filter bar
    listed: bool = True  # stands in the navigation
    past: bool = False  # all its queries answer as of an earlier instant too; other pages ignore ?as_of=
    header: Callable[[Context], None] | None = None  # like `static`, but before the live part
    pinned: bool = False  # cannot show the past, but its lists are bounded by the instant of their number
    record: bool = False  # beside 'as it was' it offers 'as it was known': what the board had recorded then
    ticking: bool = False  # now goes on between two versions: drawn at least every few seconds


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture of the wall. `draw` gives HTML for a box of the whole screen; data in it is escaped.
    `asks`: whether it shows something on which somebody has to act."""

    name: str
    title: Callable[[], str]
    draw: Callable[[Context], str]
    asks: Callable[[Context], bool]


@dataclass(frozen=True, slots=True)
class Tile:
    """One number. `tone` colours it and adds its symbol; `href` drills down; `means` defines it; a line feed
    in `hint` begins its second line. A number of the board is made by `tile` of
    dashboard/controls/indicator.py, which knows its name and meaning."""

    label: str
    value: str
    hint: str = ""
    tone: Tone = ""
    href: str = ""
    means: str = ""


def panel(
    ctx: Context,
    name: str,
    title: str,
    snapshot: Snapshot[T],
    draw: Callable[[T], None],
    note: str = "",
    empty: str = "",
    export: Sequence["Column"] = (),
) -> None:
    """A card in one of four states: live, empty, stale (the last snapshot with its age), unavailable.
    `export`: the columns of its file."""
    with st.container(key=f"panel_{name}", gap="small", height="stretch"):
        st.html(_head(ctx, title, note, snapshot))
        if snapshot.state == "unavailable":
            blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
        elif not snapshot.rows:
            blank(_("Nothing here"), empty or _("No complaint matches these filters."))
        else:
            draw(snapshot.rows)
            if export and isinstance(snapshot.rows, tuple):
                download(ctx, name, snapshot.rows, export)


def _head(ctx: Context, title: str, note: str, snapshot: Snapshot[Any]) -> str:
    state = ""
    if snapshot.state == "stale":
        as_of = _("as of {time}").format(time=when(snapshot.at, ctx.zone))
        state = f'<span class="state">▲ {escape(as_of)}</span>'
    noted = f'<span class="note">{escape(note)}</span>' if note else ""
    return f'<div class="panel-head"><h3 aria-level="2">{escape(title)}</h3>{noted}{state}</div>'


def blank(word: str, sentence: str) -> None:
    st.html(f'<div class="panel-blank"><b>{escape(word)}</b>{escape(sentence)}</div>')


def download(ctx: Context, name: str, rows: Sequence[Any], columns: Sequence["Column"]) -> None:
    """Made on request; for a past moment, the name of the file and each row say which."""
    csv, xlsx = (partial(make, ctx, rows, columns) for make in (exported, exported_xlsx))
    download_made(ctx, name, _("Download CSV"), csv, xlsx)


def download_made(
    ctx: Context, name: str, label: str, csv: Callable[[], bytes], xlsx: Callable[[], bytes]
) -> None:
    """Each is asked for its file when somebody downloads it. `label`: of the CSV."""
    with st.container(horizontal=True, gap="small"):
        _download(label, csv, file_name(ctx, name), "text/csv", f"download_{name}")
        _download(_("Download XLSX"), xlsx, file_name(ctx, name, "xlsx"), XLSX, f"download_xlsx_{name}")


def _download(label: str, made: Callable[[], bytes], file: str, mime: str, key: str) -> None:
    st.download_button(
        label,
        data=made,
        file_name=file,
        mime=mime,
        key=key,
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
    )


def file_name(ctx: Context, name: str, kind: str = "csv") -> str:
    """With its minute, so that a second file does not take the place of the first."""
    past = "as-of_" if ctx.moment.as_of else ""
    return f"{name}_{past}{ctx.now.astimezone(ctx.zone):%Y-%m-%d_%H-%M}.{kind}"


def tiles(shown: Iterable[Tile]) -> None:
    st.html('<div class="tiles">' + "".join(map(_tile, shown)) + "</div>")


def _tile(tile: Tile) -> str:
    mark = f'<span class="mark">{MARKS[tile.tone]}</span>' if tile.tone else ""
    means = f' title="{escape(tile.means)}"' if tile.means else ""
    inside = (
        f'<div class="label"{means}>{escape(tile.label)}</div>'
        f'<div class="value{" long" if width(tile.value) > LONG_VALUE else ""}" title="{escape(tile.value)}">'
        f"{escape(tile.value)}{mark}</div>"
        f'<div class="hint">{escape(tile.hint)}</div>'
    )
    if tile.href:
        return f'<a class="tile {tile.tone}" href="{escape(tile.href)}" target="_self">{inside}</a>'
    return f'<div class="tile {tile.tone}">{inside}</div>'


def width(text: str) -> int:
    return sum(1 + (east_asian_width(one) in "WF") for one in text)


def chart(
    ctx: Context,
    name: str,
    build: Callable[[Theme], Any],
    rows: Sequence[Any],
    height: int = 240,
    alt: str = "",
) -> None:
    """`build(theme)` gives an Altair chart over `alt.NamedData("rows")`: columns are the rows' fields."""
    spec = compiled(build, ctx.theme, ctx.language) | {"datasets": {"rows": arrow(rows, ctx.zone)}}
    st.vega_lite_chart(spec=spec, theme=None, height=height, key=f"chart_{name}", alt=alt or None)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list: its head, the text of a row, whether it is a number, its tone, its link, and what
    the head means. In a file stands what is shown, or `exported`: plain numbers, instants in full."""

    head: str
    shown: Callable[[Any], str]
    number: bool = False
    tone: Callable[[Any], Tone] = lambda _row: ""
    href: Callable[[Any], str] | None = None
    hint: str = ""
    exported: Callable[[Any], str | float | None] | None = None
    exported_head: str = ""  # where the file says more, such as the unit
    is_shown: bool = True  # else only in the file
    leads: bool = False  # in the file it stands before the others

    def cell(self, row: Any) -> str | float | None:
        """Of a file: nothing is nothing there, no dash."""
        if self.exported is not None:
            return self.exported(row)
        text = self.shown(row)
        return "" if text == "–" else text


def exported(ctx: Context, rows: Iterable[Any], columns: Sequence[Column]) -> bytes:
    """The CSV of a list; of a past moment each row says which."""
    return as_csv(*_table(ctx, rows, columns))


def exported_xlsx(ctx: Context, rows: Iterable[Any], columns: Sequence[Column]) -> bytes:
    """The same as a spreadsheet, below a block that says what it shows."""
    heads, lines = _table(ctx, rows, columns)
    return as_xlsx(tuple(_head_block(ctx)), heads, lines)


def _table(
    ctx: Context, rows: Iterable[Any], columns: Sequence[Column]
) -> tuple[list[str], Iterable[list[str | float | None]]]:
    """Heads and lines of a file."""
    use(ctx.language)  # asked for by a request of its own
    ordered = [*(one for one in columns if one.leads), *(one for one in columns if not one.leads)]
    heads = [one.exported_head or one.head for one in ordered]
    past = [f"{ctx.now.astimezone(ctx.zone):%Y-%m-%d %H:%M:%S}"] if ctx.moment.as_of else []
    lines = ([*(one.cell(row) for one in ordered), *past] for row in rows)
    return [*heads, *([_("As of")] if past else [])], lines


def _head_block(ctx: Context) -> Iterator[tuple[str, str]]:
    """What the rows are of: the person's regions, the filters, the moment and its zone, the policy version in
    force then, and who made the file and when."""

    def at(instant: datetime) -> str:
        return f"{instant.astimezone(ctx.zone):%Y-%m-%d %H:%M:%S}"

    def of_regions(ids: Sequence[int] | None) -> str:
        tree = reads().read(ctx.scope, ctx.moment.to_minute(), organisation.regions).rows or ()
        return listed(name(one) for one in tree if ids is not None and one.region_id in ids)

    departments = reads().read(ctx.scope, ctx.moment.to_minute(), organisation.departments).rows or ()
    version = ctx.read(version_in_force).rows
    yield _("Scope"), _("all regions") if ctx.scope.regions is None else of_regions(ctx.scope.regions)
    yield _("Period"), f"{ctx.filters.since} – {ctx.filters.until}"
    yield _("Region"), of_regions(ctx.filters.regions) or _("all")
    of = listed(name(one) for one in departments if one.department_id in ctx.filters.departments)
    yield _("Department"), of or _("all")
    yield _("Tier"), listed(map(str, ctx.filters.tiers)) or _("all")
    yield _("As of"), at(ctx.moment.now)
    yield _("Zone"), ctx.zone.key
    yield _("Policy version"), "–" if version is None else str(version)
    yield _("Made by"), ctx.scope.person_login
    yield _("Made at"), at(reads().now())


def listing(rows: Iterable[Any], columns: Sequence[Column]) -> None:
    """A short table to read; `st.dataframe` is for long ones and for choosing rows."""
    columns = [one for one in columns if one.is_shown]
    heads = "".join(map(_th, columns))
    body = "".join("<tr>" + "".join(_cell(one, row) for one in columns) + "</tr>" for row in rows)
    st.html(f'<table class="list"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>')


def _th(column: Column) -> str:
    hint = f' title="{escape(column.hint)}"' if column.hint else ""
    return f'<th class="{"n" if column.number else ""}"{hint}>{escape(column.head)}</th>'


def _cell(column: Column, row: Any) -> str:
    tone = column.tone(row)
    text = escape(f"{MARKS[tone]} {column.shown(row)}".strip())
    if column.href is not None:
        text = f'<a href="{escape(column.href(row))}" target="_self">{text}</a>'
    short = " short" if width(column.shown(row)) <= SHORT_CELL else ""
    return f'<td class="{"n " if column.number else ""}{tone}{short}">{text}</td>'
