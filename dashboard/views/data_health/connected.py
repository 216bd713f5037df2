"""Databases and folders that the board reads itself: the last success of each, and what is wrong."""

from collections.abc import Sequence
from functools import partial

from dashboard.controls.names import source
from dashboard.locale import _, language
from dashboard.locale.shown import number, when
from dashboard.parts import Column, Context, Tone, listing, panel
from queries.alerts.rules.source_failing import WHY
from queries.intake import sync
from queries.intake.sync import Sync


def draw(ctx: Context) -> None:
    panel(
        ctx,
        "health_connected",
        _("Connected systems"),
        ctx.read(sync.all_syncs),
        partial(_draw, ctx),
        note=_("databases and folders that the board reads itself"),
        empty=_("None is connected."),
    )


def _draw(ctx: Context, rows: Sequence[Sync]) -> None:
    listing(
        rows,
        (
            Column(_("Map"), lambda row: row.subject),
            Column(_("Source"), lambda row: source(row.source) if row.source else "–"),
            Column(_("Read from"), _kind),
            Column(_("State"), _state, tone=_tone),
            Column(_("Last success"), lambda row: when(row.polled_at, ctx.zone, ctx.now)),
            Column(_("Compared"), lambda row: when(row.compared_at, ctx.zone, ctx.now)),
            Column(_("Rows known"), lambda row: number(row.rows_known), number=True),
            Column(
                _("Missed"),
                lambda row: number(row.rows_missed + row.rows_unstamped),
                number=True,
                hint=_("rows that no poll had read, or changed without a stamp, by the last comparison"),
            ),
            Column(_("What to do"), _do),
        ),
    )


def _kind(row: Sync) -> str:
    return _("folder") if row.kind == "folder" else _("database")


def _error(row: Sync) -> str | None:
    """The kind of what is wrong now, with reading or with comparing."""
    if row.failures:
        return row.error_kind or "away"
    return (row.compare_error_kind or "away") if row.compare_failures else None


def _state(row: Sync) -> str:
    error = _error(row)
    if error is None:
        return _("in order") if row.polled_at else _("not read yet")
    why = WHY.get(error, WHY["away"])
    return why.zh if language() == "zh" else why.en


def _tone(row: Sync) -> Tone:
    return "bad" if _error(row) else "good" if row.polled_at else ""


def _do(row: Sync) -> str:
    words = {
        "away": _("See whether the system runs, and check the address and the login."),
        "slow": _("Read a replica, or give the query an index."),
        "schema": _("Bring the query and the map up to what the tables are now."),
        "rights": _("Grant this user what the query reads."),
        "setup": _("Correct the query in the map."),
        "gone": _("Check that the query still reads all; nothing was taken for vanished."),
        "file": _("See the file in the folder of refused ones."),
    }
    error = _error(row)
    return words.get(error, "–") if error else "–"
