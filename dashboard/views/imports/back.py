"""Taking an import back as a whole: what would change, why, and then it is done."""

import streamlit as st

from dashboard.controls.names import source
from dashboard.locale import _, ngettext
from dashboard.locale.shown import number, when
from dashboard.parts import Context, Tile, blank, tiles
from dashboard.views.imports import asking
from dashboard.views.imports.asking import ask, newest
from queries.intake import import_tasks
from queries.intake.import_tasks import Task
from queries.intake.imports import ImportRun
from queries.pages import imports

OFFERED = 100


def static(ctx: Context) -> None:
    found = newest(ctx, imports.listed, OFFERED)
    runs = {
        one.import_id: one
        for one in (found.runs if found else ())
        if one.outcome == "done" and one.taken_back_at is None
    }
    with st.container(key="panel_take_back", gap="small"):
        st.html(f'<div class="panel-head"><h3 aria-level="2">{_("Take an import back")}</h3></div>')
        if found is None:
            blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
        elif not runs and not st.session_state.get("import_back"):
            st.caption(_("There is no import that could be taken back."))
        else:
            _choose(ctx, runs)


def _choose(ctx: Context, runs: dict[int, ImportRun]) -> None:
    st.caption(
        _(
            "What only this import told is gone then, and what it had replaced stands again. What people did "
            "since stays."
        )
    )
    chosen = st.selectbox(
        _("Which import"),
        list(runs),
        index=None,
        format_func=lambda one: _named(ctx, runs[one]),
        placeholder=_("Choose an import"),
        key="import_back",
    )
    if chosen is None:
        _said_before(ctx)
    else:
        st.session_state["import_back_last"] = chosen
        _steps(ctx, chosen)


def _named(ctx: Context, run: ImportRun) -> str:
    count = ngettext("{n} new complaint", "{n} new complaints", run.complaints)
    parts = (run.import_id, run.file_name, source(run.source), when(run.started_at, ctx.zone))
    return " · ".join((*map(str, parts), count.format(n=number(run.complaints))))


def _steps(ctx: Context, import_id: int) -> None:
    """See what it would change, say why, take it back."""
    tasks = newest(ctx, import_tasks.tasks_of_import, import_id) or ()
    latest = tasks[0] if tasks else None
    if latest is not None and latest.outcome is None:
        asking.follow(ctx, latest.task_id)
        return
    if latest is not None and latest.outcome == "failed":
        st.error(problem(latest.problem or ""))
    st.button(
        _("See what it would change"),
        key="import_back_try",
        on_click=ask,
        args=(ctx, "try_take_back", import_id, {}),
    )
    tried = next((one for one in tasks if one.kind == "try_take_back" and one.outcome == "done"), None)
    if tried is not None and tried.found is not None:
        _would_change(ctx, import_id, tried)


def _said_before(ctx: Context) -> None:
    """Of the one that was taken back just now: it is not among the choices any more."""
    last = st.session_state.get("import_back_last")
    if last is None:
        return
    tasks = newest(ctx, import_tasks.tasks_of_import, last) or ()
    if tasks and tasks[0].kind == "take_back" and tasks[0].outcome == "done":
        st.success(_("Import {n} is taken back.").format(n=number(last)))


def problem(text: str) -> str:
    if "nothing to take back" in text:
        return _("This import changed nothing of any complaint, so there is nothing to take back.")
    if "was taken back at" in text:
        return _("This import is taken back already.")
    return text


def _would_change(ctx: Context, import_id: int, tried: Task) -> None:
    found = tried.found or {}
    tiles(
        (
            Tile(_("Complaints that go"), number(found["gone"]), tone="bad" if found["gone"] else ""),
            Tile(
                _("Complaints that change"), number(found["changed"]), tone="warn" if found["changed"] else ""
            ),
            Tile(_("Told of by this import"), number(found["touched"])),
        )
    )
    if tried.ended_at is not None:
        st.caption(_("As it would have been at {time}.").format(time=when(tried.ended_at, ctx.zone)))
    reason, press = st.columns([4, 1], vertical_alignment="bottom")
    why = reason.text_input(
        _("Why (shown beside the import)"), key=f"import_back_reason_{import_id}", max_chars=200
    ).strip()
    press.button(
        _("Take it back"),
        key="import_back_do",
        type="primary",
        disabled=not why,
        on_click=ask,
        args=(ctx, "take_back", import_id, {"reason": why}),
        width="stretch",
    )
