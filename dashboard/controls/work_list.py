"""Lists that stay as loaded while a person works on them; what is new waits behind a button."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any, Concatenate, TypeVar

import pandas as pd
import streamlit as st
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from dashboard.controls import long_list
from dashboard.locale import _, ngettext
from dashboard.locale.shown import number
from dashboard.parts import Column, Context, width
from dashboard.reads import Moment, Snapshot, reads

T = TypeVar("T")
ROW_HEIGHT = 35  # pixels
CHARACTER, PADDING = 6.2, 18  # pixels of a cell's text and beside it
MEASURED = 10  # rows by which the grid sets the widths of its columns


def frozen(
    ctx: Context, name: str, query: Callable[Concatenate[Connection, ...], T], *arguments: Hashable
) -> Snapshot[T]:
    """As first read under these arguments and this scope; read anew after `load_next` only."""
    held: dict[str, tuple[Hashable, Snapshot[Any]]] = st.session_state.setdefault("work_lists", {})
    key = (ctx.scope, query, arguments)
    if name not in held or held[name][0] != key or held[name][1].state != "live":
        moment = _newest(ctx)
        held[name] = (key, reads().read(ctx.scope, moment, query, *arguments))
        st.session_state[f"work_list_moment_{name}"] = moment
    return held[name][1]


def _newest(ctx: Context) -> Moment:
    """Read from the database: what a person has just saved is not in the version on screen yet."""
    try:
        return reads().moment()
    except SQLAlchemyError:
        return ctx.moment


def load_next(name: str, chosen: Sequence[Hashable] | None = None) -> None:
    """The next run reads the list anew: after a save, with what is to stay `chosen`, or when the person asks
    for what is new, with what was."""
    st.session_state.get("work_lists", {}).pop(name, None)
    if chosen is not None:
        st.session_state[f"chosen_{name}"] = tuple(chosen)


def news(
    ctx: Context,
    name: str,
    query: Callable[Concatenate[Connection, ...], Sequence[Any]],
    *arguments: Hashable,
) -> None:
    """In the live part of a page: a button that says how many rows are new or changed since loading."""
    held = st.session_state.get("work_lists", {}).get(name)
    if held is None or held[1].rows is None:
        return
    if ctx.moment.version < st.session_state[f"work_list_moment_{name}"].version:
        return  # this page has not heard yet of what it has saved itself
    live = ctx.read(query, *arguments)
    waiting = len(set(live.rows or ()) - set(held[1].rows))
    if waiting and st.button(
        ngettext("{n} new or changed: show it", "{n} new or changed: show them", waiting).format(n=waiting),
        key=f"news_{name}",
        icon=":material/refresh:",
    ):
        load_next(name)
        st.rerun()


def frame(columns: Sequence[Column], rows: Sequence[Any]) -> pd.DataFrame:
    """As the grid shows it; numbers stay numbers, so that it can sort by them."""
    return pd.DataFrame(
        {
            one.head: [one.cell(row) if one.number else one.shown(row) for row in rows]
            for one in columns
            if one.is_shown
        }
    )


def file(
    ctx: Context,
    name: str,
    columns: Sequence[Column],
    query: Callable[Concatenate[Connection, ...], Sequence[Any]],
    *arguments: Hashable,
) -> None:
    """The whole list as a file, of the moment at which the grid was loaded."""
    loaded: Moment = st.session_state.get(f"work_list_moment_{name}", ctx.moment)
    of = ctx if ctx.moment.as_of else replace(ctx, moment=loaded)
    long_list.download_all(of, name, *long_list.files(of, columns, query, *arguments))


def height(rows: int, most: int) -> int:
    """Pixels: of a short list its own, so that no empty lines stand below it."""
    return min(most, ROW_HEIGHT * (rows + 1) + 2)


def table(
    name: str, shown: pd.DataFrame, ids: Sequence[Hashable], several: bool = False, **options: Any
) -> tuple[Hashable, ...]:
    """A table to choose rows from; gives the chosen `ids`, which stay chosen when the list moves."""
    state = st.session_state
    moment: Moment = state[f"work_list_moment_{name}"]
    key = f"table_{name}-{moment.version}"
    if state.get(f"default_of_{name}", ("", ()))[0] != key:
        chosen = set(state.get(f"chosen_{name}", ()))
        state[f"default_of_{name}"] = (key, [at for at, one in enumerate(ids) if one in chosen])
    event = st.dataframe(
        shown,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row" if several else "single-row",
        selection_default={"selection": {"rows": state[f"default_of_{name}"][1]}},
        column_config=_widths(shown),
        key=key,
        **options,
    )
    found = tuple(ids[row] for row in event.selection.rows if row < len(ids))
    state[f"chosen_{name}"] = found
    return found


def _widths(shown: pd.DataFrame) -> dict[str, Any]:
    """Of columns whose longest text stands below the rows that the grid measures."""
    found = {}
    for head in shown.columns:
        lengths = [width(str(cell)) for cell in shown[head]]
        if max(lengths, default=0) > max([width(head), *lengths[:MEASURED]]):
            found[head] = st.column_config.Column(width=round(max(lengths) * CHARACTER + PADDING))
    return found


def extent(shown: int, total: int | None, limit: int) -> str:
    """How much of the list is here: "5", or "first 500 of 11,097"."""
    if shown < limit:
        return number(shown)
    if total is None or total < shown:
        return _("first {n}").format(n=number(shown))
    if total == shown:
        return number(shown)
    return _("first {n} of {total}").format(n=number(shown), total=number(total))


def read_only(shown: pd.DataFrame, total: int | None, limit: int) -> None:
    """The list of a past moment: what was is not changed."""
    st.dataframe(shown, hide_index=True, height="content" if len(shown) < 18 else 560)
    sentence = _("{extent} rows, as they were. The past is read-only.")
    st.caption(sentence.format(extent=extent(len(shown), total, limit)))
