"""What is kept of a file: its map for next time, and its refused rows to be put right."""

import re
from functools import partial

import streamlit as st
from sqlalchemy import Connection

from dashboard.controls.columns import dated, plain
from dashboard.locale import _, pgettext
from dashboard.locale.shown import number
from dashboard.parts import Context, listing
from dashboard.views.imports.asking import Refused, newest, write
from queries.db import board_now
from queries.intake import kept_maps, uploads
from queries.intake.import_tasks import Task
from queries.intake.uploads import Upload

NAME = re.compile(r"[\w.-][\w .-]{0,59}")


def keep(ctx: Context, upload: Upload, tried: Task) -> None:
    """The map of a try under a name."""
    body = (tried.found or {}).get("map")
    if not body:
        return
    with st.expander(_("Keep this map for next time")):
        name, save, toml = st.columns([2, 1, 1], vertical_alignment="bottom")
        key = f"import_map_name_{upload.upload_id}"
        name.text_input(_("Name"), value=str(upload.file_name).partition(".")[0][:60], key=key)
        save.button(_("Keep it"), key="import_keep", on_click=_keep, args=(ctx, key, body), width="stretch")
        _download(toml, "import_toml", "map.toml", body)
        if st.session_state.pop("imports_kept", False):
            st.success(_("Kept: it is offered with the next file."))


def _keep(ctx: Context, key: str, body: str) -> None:
    def act(conn: Connection, by: str) -> None:
        name = str(st.session_state.get(key, "")).strip()
        if not NAME.fullmatch(name):
            raise Refused(_("Give it a name of at most 60 letters, digits, blanks, - _ or ."))
        kept_maps.keep_map(conn, name, body, by, board_now(conn))

    st.session_state["imports_kept"] = write(ctx, act)


def _download(place: object, key: str, name: str, body: str) -> None:
    place.download_button(  # type: ignore[attr-defined]
        _("Download as TOML"),
        data=body.encode(),
        file_name=name,
        mime="application/toml",
        key=key,
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
    )


def listing_of(ctx: Context) -> None:
    maps = newest(ctx, kept_maps.kept_maps) or ()
    if not maps:
        return
    with st.expander(_("Maps that were kept ({n})").format(n=number(len(maps)))):
        listing(
            maps,
            (
                plain(_("Name"), "name"),
                dated(ctx, _("Kept"), "kept_at"),
                plain(pgettext("import", "Who"), "kept_by"),
            ),
        )
        for one in maps:
            _download(st, f"import_kept_{one.map_id}", f"{one.name}.toml", one.body)


def refused(ctx: Context, upload: Upload) -> None:
    """Made when somebody downloads it."""
    st.download_button(
        _("Refused rows and those kept in part, as CSV"),
        data=partial(_refused, ctx, upload.upload_id),
        file_name=f"{upload.file_name}.refused.csv",
        mime="text/csv",
        key="import_refused",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        help=_("Put right, they are dropped here like any file. They hold personal data."),
    )


def _refused(ctx: Context, upload_id: int) -> bytes:
    return newest(ctx, uploads.refused_rows, upload_id) or b""
