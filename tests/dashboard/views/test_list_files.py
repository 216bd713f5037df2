"""The lists of alerts and callbacks as files: words for heads, the person's own regions, nobody's name."""

import csv
import io
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, text

from dashboard import theme
from dashboard.controls.long_list import export
from dashboard.controls.names import names
from dashboard.locale import Language, use
from dashboard.parts import Context, exported_xlsx
from dashboard.reads import Moment, reads
from dashboard.views import alerts, callbacks
from queries.filters import Filters
from queries.pages import alerts as alert_rows
from queries.pages import callbacks as callback_rows

Read = Callable[[Context], list[list[str]]]
ALERTS = [
    *("Complaint", "Board number", "Level", "Alert", "Target", "Tier", "Department", "Region"),
    *("Breach risk", "Similar deadlines", "Of these breached", "Since", "Raised", "State"),
    *("Acknowledged by", "Acknowledged at", "Ended at", "Withdrawn at"),
]
CALLBACKS = [
    *("Complaint", "Board number", "Due", "Agreed for", "Callback", "Customer", "Assigned"),
    *("Last call", "Attempts", "Tier", "Region", "Category"),
]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    use("en")


def context(login: str, language: Language = "en") -> Context:
    use(language)
    scope = reads().scope_of(login)
    assert scope is not None
    now, zone = reads().now(), ZoneInfo("Asia/Shanghai")
    today = now.astimezone(zone).date()
    moment = Moment(reads().moment().version, now)
    return Context(scope, Filters(today, today, zone=zone.key), moment, language, theme.LIGHT, zone)


def of_alerts(ctx: Context) -> list[list[str]]:
    return _read(export(ctx, alerts.list_columns(ctx, names(ctx)), alert_rows.alerts, ctx.filters, "all"))


def of_callbacks(ctx: Context) -> list[list[str]]:
    columns = callbacks.list_columns(ctx, names(ctx))
    return _read(export(ctx, columns, callback_rows.pending, ctx.filters, "upcoming"))


def _read(file: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"))))


@pytest.mark.parametrize(("read", "heads"), [(of_alerts, ALERTS), (of_callbacks, CALLBACKS)])
def test_a_file_has_its_heads_in_words_and_as_many_rows_as_the_list(
    opened_day: None, read: Read, heads: list[str]
) -> None:
    found = read(context("supervisor"))
    chinese = read(context("supervisor", "zh"))
    assert found[0] == heads
    assert len(found) == len(chinese) > 20
    assert [head for head in chinese[0] if head.isascii()] == []
    assert not {"True", "None", "–"} & {cell for row in found for cell in row}


@pytest.mark.parametrize("read", [of_alerts, of_callbacks])
def test_a_manager_takes_only_the_own_regions_home(opened_day: None, read: Read) -> None:
    whole, own = read(context("supervisor")), read(context("manager"))
    place = own[0].index("Region")
    assert 1 < len(own) < len(whole)
    assert {row[place] for row in own[1:]} < {row[place] for row in whole[1:]}


@pytest.mark.parametrize("read", [of_alerts, of_callbacks])
def test_no_customers_name_or_phone_number_is_in_a_file(opened_day: None, lively: Engine, read: Read) -> None:
    """Only the masked name that the page shows."""
    with lively.connect() as conn:
        people = conn.execute(text("SELECT name, phone FROM facts.customer_pii")).all()
    cells = {cell for row in read(context("scheduler")) for cell in row}
    assert len(people) > 100
    assert cells & {part for person in people for part in person if part} == set()


@pytest.mark.parametrize(("language", "scope"), [("en", "Scope"), ("zh", "可见范围")])
def test_a_spreadsheet_has_the_rows_of_the_csv_below_what_they_are_of(
    opened_day: None, language: Language, scope: str
) -> None:
    ctx = context("manager", language)
    columns = alerts.list_columns(ctx, names(ctx))
    file = export(ctx, columns, alert_rows.alerts, ctx.filters, "all", make=exported_xlsx)
    sheet = load_workbook(io.BytesIO(file)).active
    assert sheet is not None
    block, table = {}, []
    for row in sheet.iter_rows(values_only=True):
        if not table and row[0] and row[2] is None:
            block[row[0]] = row[1]
        elif any(row):
            table.append(row)
    csv_rows = of_alerts(ctx)
    assert list(table[0]) == csv_rows[0]
    assert len(table) == len(csv_rows) > 1
    assert next(iter(block)) == scope
    assert "Asia/Shanghai" in block.values() and "manager" in block.values() and "1" in block.values()
