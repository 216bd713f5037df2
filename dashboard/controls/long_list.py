"""Lists too long to read in full: the first rows, how many there are, and all of them as CSV."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any, Concatenate, TypeVar

import streamlit as st
from sqlalchemy import Connection

from dashboard.locale import _
from dashboard.locale.shown import number
from dashboard.parts import Column, Context, download_made, exported, exported_xlsx, listing, panel
from dashboard.reads import Snapshot, moment_keywords, reads
from queries.db import reading

SHORT, LONG = 100, 500  # rows on the page; the URL asks for the long one
EXPORTED = 100_000  # rows, at most

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LongList:
    """`page` and `set_of` (its own URL parameters) lead back to exactly this list."""

    name: str
    title: str
    columns: Sequence[Column]
    page: str
    set_of: dict[str, str]
    empty: str = ""


def tabs(shown_tabs: Sequence[tuple[str, str, bool]]) -> None:
    """(label, link, whether it is the one shown): lists that the URL names."""
    links = "".join(
        f'<a class="{"on" if shown else ""}" href="{escape(link)}" target="_self">{escape(word)}</a>'
        for word, link, shown in shown_tabs
    )
    st.html(f'<nav class="tabs">{links}</nav>')


def rows_shown() -> int:
    return LONG if st.query_params.get("rows") == str(LONG) else SHORT


def long_list(
    ctx: Context,
    here: LongList,
    query: Callable[Concatenate[Connection, ...], Sequence[Any]],
    *arguments: Any,
    total: int | None,
) -> None:
    """`query(conn, *arguments, limit)` of the moment; the CSV is read when asked for, up to EXPORTED rows."""
    snapshot: Snapshot[Sequence[Any]] = ctx.read(query, *arguments, rows_shown())
    shown = len(snapshot.rows or ())
    panel(
        ctx,
        here.name,
        here.title,
        snapshot,
        partial(_draw, ctx, here, total, *files(ctx, here.columns, query, *arguments)),
        note=_extent(shown, total),
        empty=here.empty,
    )


def _extent(shown: int, total: int | None) -> str:
    if not shown or total is None:
        return ""
    if total > shown:
        return _("first {n} of {total}").format(n=number(shown), total=number(total))
    return _("all {n}").format(n=number(shown))


def _draw(
    ctx: Context,
    here: LongList,
    total: int | None,
    csv: Callable[[], bytes],
    xlsx: Callable[[], bytes],
    rows: Sequence[Any],
) -> None:
    listing(rows, here.columns)
    left, right = st.columns([1, 1], vertical_alignment="center")
    with left:
        download_all(ctx, here.name, csv, xlsx)
    if total and total > len(rows) and len(rows) < LONG:
        more = ctx.url(here.page, **here.set_of, rows=LONG)
        word = _("Show the first {n}").format(n=min(total, LONG))
        right.html(f'<div class="more"><a href="{escape(more)}" target="_self">{escape(word)}</a></div>')


def download_all(ctx: Context, name: str, csv: Callable[[], bytes], xlsx: Callable[[], bytes]) -> None:
    download_made(ctx, name, _("Download all as CSV"), csv, xlsx)


def files(
    ctx: Context,
    columns: Sequence[Column],
    query: Callable[Concatenate[Connection, ...], Sequence[Any]],
    *arguments: Any,
) -> tuple[Callable[[], bytes], Callable[[], bytes]]:
    """What makes the CSV, and the XLSX."""
    return (
        partial(export, ctx, columns, query, *arguments),
        partial(export, ctx, columns, query, *arguments, make=exported_xlsx),
    )


def export(
    ctx: Context,
    columns: Sequence[Column],
    query: Callable[Concatenate[Connection, ...], Sequence[Any]],
    *arguments: Any,
    make: Callable[[Context, Sequence[Any], Sequence[Column]], bytes] = exported,
) -> bytes:
    """What the person may see now, as of the snapshot."""
    scope = reads().scope_of(ctx.scope.person_login)
    rows: Sequence[Any] = ()
    if scope is not None:
        with reading(reads().engine, scope) as conn:
            rows = query(conn, *arguments, EXPORTED, **moment_keywords(query, ctx.moment))
    return make(ctx, rows, columns)
