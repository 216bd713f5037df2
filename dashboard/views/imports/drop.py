"""Bringing a file in, step by step: drop it, see what it is, see what would come in, import it."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

import streamlit as st
from sqlalchemy import Connection

from config.settings import settings
from config.source_maps import source_map
from config.source_maps.file import FileFormat
from config.source_maps.proposal import Answers, FoundFile, Proposal
from config.source_maps.proposed_map import NoMap, build_map
from dashboard.locale import _, pgettext
from dashboard.locale.shown import number, when
from dashboard.parts import Context, blank, tiles
from dashboard.views.imports import asking, kept, meanings, picture, words
from dashboard.views.imports.asking import Refused, ask, newest, write
from dashboard.views.imports.reasons import problem
from queries.db import board_now
from queries.intake import import_tasks, kept_maps, uploads
from queries.intake.import_tasks import Task
from queries.intake.uploads import Upload

FILE, URL = "import_file", "upload"
DROPPED = UUID("6f2d2f0e-3c0b-4d5e-9a57-0f9b1c6f2a11")
KINDS = ["csv", "txt", "tsv", "gz", "xlsx", "xlsm", "xls", "ods", "json", "jsonl", "xes", "xml"]
ENCODINGS = ("UTF-8", "GB18030", "UTF-16", "Big5", "Windows-1252")
DELIMITERS = (",", ";", "\t", "|")


def header(ctx: Context) -> None:
    with st.container(key="panel_drop", gap="small"):
        st.html(f'<div class="panel-head"><h3 aria-level="2">{_("Bring a file in")}</h3></div>')
        asking.say()
        number_ = _in_url()
        upload = newest(ctx, uploads.known_upload, number_) if number_ is not None else None
        if upload is None or upload.given_up_at is not None:
            if number_ is not None:
                st.info(_("This file is not here any more. Drop it again."))
            _drop(ctx)
        else:
            _steps(ctx, upload)
        kept.listing_of(ctx)


def _in_url() -> int | None:
    given = st.query_params.get(URL, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 16 else None


def _drop(ctx: Context) -> None:
    most = settings().upload_mib
    st.html(f"<style>{_own_words()}</style>")
    st.file_uploader(
        _("Drop a file of complaints here: CSV, Excel, JSON lines or XES, at most {n} MB").format(
            n=number(most)
        ),
        type=KINDS,
        key=FILE,
        on_change=_dropped,
        args=(ctx,),
    )
    st.caption(
        _(
            "Nothing comes in before you have seen what would. What is shown of the file is masked; the file "
            "is deleted when it is imported, else after {n} days."
        ).format(n=number(settings().upload_days))
    )


def _own_words() -> str:
    """Streamlit's own texts of the box are English: its button gets ours, its list of kinds goes."""
    box = f".st-key-{FILE} section"
    word = json.dumps(pgettext("import", "Choose a file"), ensure_ascii=False)
    return (
        f"{box} button p{{font-size:0}}{box} button p::after{{content:{word};font-size:1rem}}"
        f"{box} [data-testid=stFileUploaderDropzoneInstructions]{{display:none}}"
    )


def _dropped(ctx: Context) -> None:
    """The browser may say it twice, of the same file."""
    file = st.session_state.get(FILE)
    if file is None:
        return
    stored: list[int] = []
    key, look_key = (uuid5(DROPPED, f"{file.file_id} {what}") for what in ("file", "look"))

    def act(conn: Connection, by: str) -> None:
        now, most = board_now(conn), settings().upload_mib * 1_048_576
        try:
            stored.append(uploads.store(conn, key, file.name, file, by, now, most))
        except uploads.TooBig:
            raise Refused(
                _("The file is too big: at most {n} MB are taken. Split it, or compress it as .gz.").format(
                    n=number(settings().upload_mib)
                )
            ) from None
        except uploads.Empty:
            raise Refused(_("The file is empty.")) from None
        import_tasks.ask(conn, look_key, "look", stored[0], by, now)

    if write(ctx, act):
        st.query_params[URL] = str(stored[0])


def _steps(ctx: Context, upload: Upload) -> None:
    tasks = newest(ctx, import_tasks.tasks_of_upload, upload.upload_id)
    if tasks is None:
        blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
        return
    _head(ctx, upload)
    latest = tasks[0] if tasks else None
    if latest is not None and latest.outcome is None:
        meanings.remember(upload.upload_id)
        asking.follow(ctx, latest.task_id)
        return
    imported = next((one for one in tasks if one.kind == "import" and one.outcome == "done"), None)
    if imported is not None:
        _done(ctx, imported)
        return
    if latest is not None and latest.outcome == "failed":
        st.error(_("It did not work:") + " " + problem(latest.problem))
    look = next((one for one in tasks if one.kind == "look" and one.outcome == "done"), None)
    if look is None or look.found is None:
        _look_again(ctx, upload, None)
        return
    proposal = Proposal.model_validate(look.found["proposal"])
    st.caption(words.file(proposal.file))
    _look_again(ctx, upload, proposal)
    tried = next((one for one in tasks if one.kind == "try"), None)
    if tried is not None and meanings.MAP.format(upload.upload_id) not in st.session_state:
        meanings.restore(upload.upload_id, proposal, tried.given)
    given = _choose(ctx, upload, look, proposal)
    _would_come_in(ctx, upload, tasks, look, given)


def _head(ctx: Context, upload: Upload) -> None:
    name, leave = st.columns([5, 1], vertical_alignment="center")
    said = _("{n} KB, dropped {time} by {who}").format(
        n=number(max(upload.size / 1024, 1)),
        time=when(upload.uploaded_at, ctx.zone, ctx.now),
        who=upload.uploaded_by,
    )
    name.markdown(f"**:material/description: {_plain(upload.file_name)}** · {said}")
    leave.button(_("Leave this file"), key="import_leave", on_click=_leave, width="stretch")


def _plain(name: str) -> str:
    """A name is no Markdown."""
    return "".join(f"\\{one}" if one in r"\`*_{}[]()#+-.!|<>~:$" else one for one in name)


def _leave() -> None:
    st.query_params.pop(URL, None)
    st.session_state.pop(FILE, None)


def _give_up(ctx: Context, upload_id: int) -> None:
    def act(conn: Connection, _by: str) -> None:
        uploads.give_up(conn, upload_id, board_now(conn))

    if write(ctx, act):
        _leave()


def _look_again(ctx: Context, upload: Upload, proposal: Proposal | None) -> None:
    """Otherwise than it was read."""
    with st.expander(_("Read it differently"), expanded=proposal is None):
        chosen = _form(upload.upload_id, proposal.file if proposal else None)
        again, give_up = st.columns(2)
        again.button(
            _("Look again"),
            key="import_look",
            on_click=_look,
            args=(ctx, upload.upload_id, chosen),
            width="stretch",
        )
        give_up.button(
            _("Discard this file"),
            key="import_give_up",
            on_click=_give_up,
            args=(ctx, upload.upload_id),
            width="stretch",
        )


def _form(upload_id: int, found: FoundFile | None) -> dict[str, Any]:
    """Keys of FileFormat; None: as it is found."""
    encoding, delimiter, sheet, row = st.columns(4)
    as_found = _("as found")
    chosen: dict[str, Any] = {}
    if found is None or found.kind == "text":
        chosen["encoding"] = encoding.selectbox(
            _("Encoding"), ENCODINGS, index=None, placeholder=as_found, key=f"import_encoding_{upload_id}"
        )
        chosen["delimiter"] = delimiter.selectbox(
            _("Separator"),
            DELIMITERS,
            index=None,
            placeholder=as_found,
            format_func=words.separator,
            key=f"import_delimiter_{upload_id}",
        )
    if found is not None and found.sheets:
        chosen["sheet"] = sheet.selectbox(
            _("Sheet"), found.sheets, index=None, placeholder=as_found, key=f"import_sheet_{upload_id}"
        )
    chosen["header_row"] = row.number_input(
        _("Row of the heads (0: none)"), 0, 1000, value=None, key=f"import_head_{upload_id}"
    )
    return chosen


def _look(ctx: Context, upload_id: int, chosen: Mapping[str, Any]) -> None:
    given = {name: value for name, value in chosen.items() if value is not None}
    form = FileFormat.model_validate(given).model_dump(mode="json", exclude_defaults=True)
    ask(ctx, "look", upload_id, {"form": form} if form else {})


def _choose(ctx: Context, upload: Upload, look: Task, proposal: Proposal) -> dict[str, Any] | None:
    """What a try or an import is given; None where it makes no map."""
    maps = newest(ctx, kept_maps.kept_maps) or ()
    labels = {meanings.PROPOSED: _("Proposed from the file")}
    labels |= {f"kept:{one.map_id}": _("Kept: {name}").format(name=one.name) for one in maps}
    labels |= {f"name:{one}": one for one in source_map.names()}
    key = meanings.MAP.format(upload.upload_id)
    meanings.stay(key, meanings.PROPOSED)
    if st.session_state[key] not in labels:
        st.session_state[key] = meanings.PROPOSED
    left, right = st.columns(2)
    chosen = left.selectbox(_("How to read it"), list(labels), format_func=labels.__getitem__, key=key)
    if chosen.startswith("kept:"):
        return {"kept": int(chosen.removeprefix("kept:"))}
    if chosen.startswith("name:"):
        return {"name": chosen.removeprefix("name:")}
    key = meanings.SOURCE.format(upload.upload_id)
    meanings.stay(key, proposal.source)
    right.text_input(
        _("Short name of the source (small letters, digits and _)"),
        key=key,
        help=_("Complaints are known by it and their number: files of one system have the same."),
    )
    meanings.columns(upload.upload_id, proposal)
    meanings.questions(upload.upload_id, proposal)
    answers = meanings.answers(upload.upload_id, proposal)
    try:
        build_map(proposal, answers)
    except NoMap as wrong:
        st.warning(no_map(str(wrong)))
        return None
    return _given(look, answers)


def no_map(text: str) -> str:
    if "looks like the number of a complaint" in text:
        return _("No column is taken for the number of the complaint: choose the one that is.")
    if "says when a row happened" in text:
        return _("No column is taken for the instant at which a row happened: choose the one that is.")
    return text


def _would_come_in(
    ctx: Context, upload: Upload, tasks: tuple[Task, ...], look: Task, given: dict[str, Any] | None
) -> None:
    tried = next((one for one in tasks if one.kind == "try" and one.outcome == "done"), None)
    is_current = tried is not None and given is not None and tried.given == given
    st.button(
        _("See what would come in"),
        key="import_try",
        type="secondary" if is_current else "primary",
        disabled=given is None,
        on_click=_try,
        args=(ctx, upload.upload_id, look, given or {}),
    )
    if tried is None or tried.found is None:
        return
    if not is_current:
        st.caption(_("Something else is chosen since: see again what would come in."))
        return
    st.html(f'<div class="panel-head"><h3 aria-level="3">{_("What would come in")}</h3></div>')
    picture.draw(ctx, tried.found)
    kept.refused(ctx, upload)
    kept.keep(ctx, upload, tried)
    st.button(
        pgettext("button", "Import it"),
        key="import_import",
        type="primary",
        icon=":material/upload:",
        on_click=ask,
        args=(ctx, "import", upload.upload_id, tried.given),
    )


def _try(ctx: Context, upload_id: int, look: Task, given: dict[str, Any]) -> None:
    """With what is chosen by now, which may be newer than the page that has the button."""
    if "look" in given and look.found is not None:
        proposal = Proposal.model_validate(look.found["proposal"])
        given = _given(look, meanings.answers(upload_id, proposal))
    ask(ctx, "try", upload_id, given)


def _given(look: Task, answers: Answers) -> dict[str, Any]:
    return {"look": look.task_id, "answers": answers.model_dump(mode="json")}


def _done(ctx: Context, imported: Task) -> None:
    found = (imported.found or {}).get("summary", {})
    st.success(
        _("Import {n} is done. Its complaints are on the board.").format(n=number(found.get("import_id")))
    )
    if "rows" in found:
        tiles(picture.summary(found))
    st.button(_("Drop another file"), key="import_another", on_click=_leave)
