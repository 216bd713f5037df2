"""Imports: which files came in, how far one is, and what was taken back."""

from dashboard.controls.columns import amount, coded, dated, plain
from dashboard.controls.names import source
from dashboard.locale import _, pgettext
from dashboard.locale.shown import headed, number, percent, when
from dashboard.parts import Column, Context, Tone, listing, panel
from dashboard.reads import Snapshot
from dashboard.views.imports.reasons import problem, reasons
from queries.intake.imports import ImportRun
from queries.pages import imports
from queries.pages.imports import OpenUpload

SHOWN = 30
SHOWN_REASONS = 3  # of each


def live(ctx: Context) -> None:
    found = ctx.read(imports.listed, SHOWN)
    if found.rows is not None and found.rows.open:
        panel(
            ctx,
            "uploads",
            _("Files on their way in"),
            Snapshot(found.rows.open, found.at, found.state),
            lambda rows: listing(rows, _columns_of_open(ctx)),
            note=_("click a file to go on with it"),
        )
    total = found.rows.total if found.rows is not None else 0
    taking = found.rows.taking_back if found.rows is not None else ()
    note = _("newest first; rows read = taken + kept in part + refused")
    if total > SHOWN:
        first = pgettext("imports", "the last {n} of {total}").format(n=number(SHOWN), total=number(total))
        note = headed(first, note)
    shown = _columns(ctx, taking)
    panel(
        ctx,
        "imports",
        _("Files that came in"),
        Snapshot(found.rows.runs if found.rows is not None else None, found.at, found.state),
        lambda rows: listing(rows, shown),
        note=note,
        empty=_(
            "No file was imported yet. Drop one above, or at the command line: board import FILE --map MAP"
        ),
        export=shown,
    )


def _columns_of_open(ctx: Context) -> tuple[Column, ...]:
    def link(one: OpenUpload) -> str:
        return ctx.url("imports", upload=one.upload_id)

    return (
        coded(_("File"), "file_name", str, href=link),
        dated(ctx, _("When"), "uploaded_at"),
        plain(pgettext("import", "Who"), "uploaded_by"),
        Column(_("State"), lambda one: state_of(one)[0], tone=lambda one: state_of(one)[1]),
        amount(_("Rows read"), "rows_read"),
        Column(
            pgettext("import", "Why"), lambda one: problem(one.problem) if one.outcome == "failed" else "–"
        ),
    )


def state_of(one: OpenUpload) -> tuple[str, Tone]:
    if one.outcome == "failed":
        return _("failed"), "bad"
    if one.kind is None or one.outcome == "done":
        return _("waits for you"), "warn"
    words = {
        "look": _("looking at it"),
        "try": _("trying it"),
        "import": _("importing"),
    }
    share = f" {percent(one.share)}" if one.share is not None else ""
    return words[one.kind] + share, ""


def _state(run: ImportRun, is_taken_back_now: bool) -> tuple[str, Tone]:
    if is_taken_back_now:
        return _("is taken back"), ""
    if run.taken_back_at is not None:
        return _("taken back"), ""
    if run.outcome is None:
        return _("importing"), ""
    if run.outcome == "done":
        return _("done"), "warn" if run.rows_kept or run.rows_rejected else "good"
    return (_("interrupted") if run.outcome == "interrupted" else _("failed")), "bad"


def _why(ctx: Context, run: ImportRun) -> str:
    if run.taken_back_at is None:
        return reasons(run.reasons, SHOWN_REASONS)
    who = run.taken_back_by or _("command line")
    return headed(f"{who}, {when(run.taken_back_at, ctx.zone)}", run.taken_back_reason or "–")


def _columns(ctx: Context, taking: tuple[int, ...]) -> tuple[Column, ...]:
    def state(run: ImportRun) -> tuple[str, Tone]:
        return _state(run, run.import_id in taking)

    return (
        coded(_("No."), "import_id", str),
        plain(_("File"), "file_name"),
        coded(_("Source"), "source", source),
        dated(ctx, _("When"), "started_at"),
        coded(pgettext("import", "Who"), "asked_by", lambda one: one or _("command line")),
        dated(ctx, _("As of"), "as_of"),
        Column(_("State"), lambda run: state(run)[0], tone=lambda run: state(run)[1]),
        amount(_("Rows read"), "rows_read"),
        amount(_("Kept in part"), "rows_kept"),
        amount(_("Refused"), "rows_rejected"),
        amount(_("New complaints"), "complaints"),
        Column(pgettext("import", "Why"), lambda run: _why(ctx, run)),
    )
