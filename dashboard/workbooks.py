"""A list as a spreadsheet: a head block that says what it shows, heads in the reader's language, the rows."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from dashboard.locale import _
from dashboard.locale.shown import listed, name
from dashboard.reads import Moment, reads
from queries import organisation
from queries.db import Scope
from queries.filters import Filters
from queries.policies.history import version_in_force

INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
NARROW, WIDE = 10, 40  # of a column, in characters
STRINGS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def as_xlsx(block: Sequence[tuple[str, str]], heads: Sequence[str], lines: Iterable[Sequence[Any]]) -> bytes:
    """Written row by row, so that 100,000 rows need no more memory than one. Text stays text: nothing in it
    is a formula. Instants become the spreadsheet's own."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, **STRINGS}) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet = book.add_worksheet()
        for place, head in enumerate(heads):
            sheet.set_column(place, place, min(max(NARROW, 2 * len(head)), WIDE))
        first = len(block) + 1
        for row, (label, value) in enumerate(block):
            sheet.write_string(row, 0, label, bold)
            sheet.write_string(row, 1, value)
        for place, head in enumerate(heads):
            sheet.write_string(first, place, head, bold)
        sheet.freeze_panes(first + 1, 0)
        for row, line in enumerate(lines, start=first + 1):
            for place, value in enumerate(line):
                _write(sheet, row, place, value, day)
    return out.getvalue()


def _write(sheet: Any, row: int, place: int, value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        if INSTANT.fullmatch(value):
            sheet.write_datetime(row, place, datetime.fromisoformat(value), day)
        else:
            sheet.write_string(row, place, value)
    else:
        sheet.write(row, place, value)


def head_block(scope: Scope, filters: Filters, moment: Moment, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """What the rows are of: the person's regions, the filters, the moment and its zone, the policy version in
    force then, and who made the file and when."""

    def at(instant: datetime) -> str:
        return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    def of_regions(ids: Sequence[int] | None) -> str:
        tree = reads().read(scope, moment.to_minute(), organisation.regions).rows or ()
        return listed(name(one) for one in tree if ids is not None and one.region_id in ids)

    departments = reads().read(scope, moment.to_minute(), organisation.departments).rows or ()
    version = reads().read(scope, moment, version_in_force).rows
    yield _("Scope"), _("all regions") if scope.regions is None else of_regions(scope.regions)
    yield _("Period"), f"{filters.since} – {filters.until}"
    yield _("Region"), of_regions(filters.regions) or _("all")
    of = listed(name(one) for one in departments if one.department_id in filters.departments)
    yield _("Department"), of or _("all")
    yield _("Tier"), listed(map(str, filters.tiers)) or _("all")
    yield _("As of"), at(moment.now)
    yield _("Zone"), zone.key
    yield _("Policy version"), "–" if version is None else str(version)
    yield _("Made by"), scope.person_login
    yield _("Made at"), at(reads().now())
