"""Imports: which files came in, how far one is, and what was taken back."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.controls import columns
from dashboard.controls.columns import amount, coded, dated, plain
from dashboard.controls.names import source
from dashboard.locale import _, pgettext
from dashboard.locale.shown import headed, number, percent, when
from dashboard.parts import Column, Context, Tone, listing, panel
from dashboard.reads import Snapshot
from dashboard.views.imports.reasons import reasons
from queries.intake.imports import ImportRun
from queries.pages import imports
from queries.pages.imports import Imports, OpenUpload

SHOWN = 30
SHOWN_REASONS = 3  # of each


@dataclass(frozen=True, slots=True)
class Line:
    """An import, or a file on its way to one."""

    number: int | None
    upload_id: int | None
    at: datetime
    by: str | None
    file: str
    source: str | None
    state: str
    tone: Tone
    rows: int | None
    kept: int | None
    refused: int | None
    complaints: int | None
    why: str


def live(ctx: Context) -> None:
    found = ctx.read(imports.listed, SHOWN)
    total = found.rows.total if found.rows is not None else 0
    rows = _lines(ctx, found)
    note = _("newest first; rows read = taken + kept in part + refused")
    if total > SHOWN:
        first = pgettext("imports", "the last {n} of {total}").format(n=number(SHOWN), total=number(total))
        note = headed(first, note)
    panel(
        ctx,
        "imports",
        _("Files that came in"),
        rows,
        lambda lines: listing(lines, _columns(ctx)),
        note=note,
        empty=_(
            "No file was imported yet. Drop one above, or at the command line: board import FILE --map MAP"
        ),
        export=_columns(ctx),
    )


def _lines(ctx: Context, found: Snapshot[Imports]) -> Snapshot[tuple[Line, ...]]:
    if found.rows is None:
        return Snapshot(None, found.at, found.state)
    waiting = [_open(one) for one in found.rows.open]
    taking = set(found.rows.taking_back)
    runs = [_run(ctx, one, one.import_id in taking) for one in found.rows.runs]
    lines = sorted([*waiting, *runs], key=lambda one: one.at, reverse=True)
    return Snapshot(tuple(lines), found.at, found.state)


def _open(one: OpenUpload) -> Line:
    state, tone = state_of(one)
    return Line(
        number=None,
        upload_id=one.upload_id,
        at=one.uploaded_at,
        by=one.uploaded_by,
        file=one.file_name,
        source=None,
        state=state,
        tone=tone,
        rows=one.rows_read,
        kept=None,
        refused=None,
        complaints=None,
        why=one.problem or "–",
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


def _run(ctx: Context, run: ImportRun, is_taken_back_now: bool) -> Line:
    state, tone = _state(run, is_taken_back_now)
    return Line(
        number=run.import_id,
        upload_id=None,
        at=run.started_at,
        by=run.asked_by,
        file=run.file_name,
        source=run.source,
        state=state,
        tone=tone,
        rows=run.rows_read,
        kept=run.rows_kept,
        refused=run.rows_rejected,
        complaints=run.complaints,
        why=_why(ctx, run),
    )


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
    by = person(run.taken_back_by)
    said = headed(f"{by}, {when(run.taken_back_at, ctx.zone)}", run.taken_back_reason or "–")
    return said if by != "–" else run.taken_back_reason or "–"


def person(login: str | None) -> str:
    return login or "–"


def _columns(ctx: Context) -> tuple[Column, ...]:
    def link(line: Line) -> str:
        return ctx.url("imports", upload=line.upload_id or 0)

    def file(line: Line) -> str:
        return line.file

    shown = Column(_("File"), file)
    return (
        columns.coded(_("No."), "number", lambda one: "–" if one is None else str(one)),
        shown,
        coded(_("Source"), "source", lambda one: source(one) if one else "–"),
        dated(ctx, _("When"), "at"),
        coded(_("Who"), "by", lambda one: one or _("command line")),
        Column(_("State"), lambda line: line.state, tone=lambda line: line.tone),
        amount(_("Rows read"), "rows"),
        amount(_("Kept in part"), "kept"),
        amount(_("Refused"), "refused"),
        amount(_("New complaints"), "complaints"),
        plain(_("Why"), "why"),
    )
