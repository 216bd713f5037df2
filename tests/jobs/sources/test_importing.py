import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import Connection, Engine, text

from config.source_maps.source_map import load
from jobs.sources.importing import NothingGood, Order, import_file
from jobs.sources.reading.files import FileRefused
from queries import db
from queries.clocks.derive import derive_dirty
from queries.intake.imports import last_imports
from tests.jobs.sources.samples import DATA, count, facts, sample, take

# name: rows, rows kept in part, refused rows, complaints
SAMPLES = {
    "boston311": (41, 1, 4, 36),
    "uci_incidents": (58, 1, 3, 11),
    "bpi2013": (55, 2, 1, 9),
    "comcast_fcc": (27, 1, 2, 25),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_of_every_source_goes_in_and_the_second_time_changes_nothing(
    engine: Engine, tmp_path: Path, name: str
) -> None:
    first = take(engine, name, tmp_path)
    assert (first.rows, first.kept, first.rejected, first.complaints) == SAMPLES[name]
    assert first.rows == first.taken + first.kept + first.rejected
    with engine.connect() as conn:
        before = facts(conn), count(conn, "facts.complaint_event"), count(conn, "derived.dirty")
    again = take(engine, name, tmp_path)
    assert (again.rejected, again.complaints, again.observations, again.changed) == (first.rejected, 0, 0, 0)
    with engine.connect() as conn:
        assert (facts(conn), count(conn, "facts.complaint_event"), count(conn, "derived.dirty")) == before


@pytest.mark.parametrize("name", SAMPLES)
def test_a_dry_run_tells_what_would_happen_and_leaves_nothing(
    engine: Engine, tmp_path: Path, name: str
) -> None:
    dry = import_file(engine, sample(name, tmp_path / "dry.csv", dry_run=True))
    with engine.connect() as conn:
        empty = ("facts.complaint", "facts.source", "facts.region", "derived.dirty", "journal.import_run")
        assert [count(conn, table) for table in empty] == [0] * len(empty)
        assert count(conn, "journal.feed") == 0
    real = take(engine, name, tmp_path)
    assert (dry.rows, dry.rejected, dry.rejects) == (real.rows, real.rejected, real.rejects)
    assert (dry.complaints, dry.observations, dry.changed) == (
        real.complaints,
        real.observations,
        real.changed,
    )
    assert (tmp_path / "dry.csv").read_text() == (tmp_path / "rejects.csv").read_text()


def test_every_row_that_is_not_taken_whole_is_named_with_its_column_and_the_reason(
    engine: Engine, tmp_path: Path
) -> None:
    found = take(engine, "boston311", tmp_path)
    assert [(one.row, one.column) for one in found.rejects] == [
        (37, "open_dt"),
        (40, ""),
        (41, "case_enquiry_id"),
        (42, "open_dt"),
    ]
    assert [str(one) for one in found.reasons if one.kind != "refused"] == [
        "1 × kept without closed_dt: before open_dt, row 38",
        "1 × repeated: tells again of a complaint and an instant of an earlier row; the later row counts, "
        "row 39",
    ]
    with (tmp_path / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["row"], row["kind"]) for row in rows] == [
        ("37", "refused"),
        ("38", "kept"),
        ("40", "refused"),
        ("41", "refused"),
        ("42", "refused"),
    ]
    assert rows[1]["import reason"] == "closed_dt: before open_dt"
    assert rows[3]["case_title"] == "'+cmd|calc"
    assert rows[3]["longitude"].startswith("-71.")


def test_a_reject_file_put_right_is_imported_with_the_same_map(engine: Engine, tmp_path: Path) -> None:
    take(engine, "comcast_fcc", tmp_path)
    rejects = (tmp_path / "rejects.csv").read_text("utf-8")
    fixed = tmp_path / "fixed.csv"
    right = rejects.replace("31-31-15", "30-04-15").replace("13:00:00 PM", "1:00:00 PM")
    fixed.write_text(right.replace("Lost", "Closed"), "utf-8")
    again = import_file(engine, sample("comcast_fcc", tmp_path / "again.csv", fixed))
    assert (again.rows, again.rejected, again.kept, again.complaints, again.changed) == (3, 0, 0, 2, 3)


@pytest.mark.parametrize("kind", ["xlsx", "jsonl"])
@pytest.mark.parametrize("name", SAMPLES)
def test_other_kinds_of_file_give_the_same_facts(
    engine: Engine, tmp_path: Path, name: str, kind: str
) -> None:
    with (DATA / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    rows = [row for row in rows if len(row) == len(header)]
    copy = tmp_path / f"copy.{kind}"
    if kind == "xlsx":
        book = Workbook()
        for row in (header, *rows):
            book.worksheets[0].append([cell if not cell.startswith("=") else f" {cell}" for cell in row])
        book.save(copy)
    else:
        copy.write_text("".join(json.dumps(dict(zip(header, row, strict=True))) + "\n" for row in rows))
    take(engine, name, tmp_path)
    found = import_file(engine, sample(name, tmp_path / "copy.csv", copy))
    assert (found.complaints, found.observations, found.rows) == (0, 0, len(rows))


def test_the_import_is_written_down(engine: Engine, tmp_path: Path) -> None:
    take(engine, "boston311", tmp_path)
    with engine.connect() as conn:
        (run,) = last_imports(conn)
    assert (run.source, run.file_name, run.outcome) == ("boston311", "boston311.csv", "done")
    assert (run.rows_read, run.rows_kept, run.rows_rejected, run.complaints) == SAMPLES["boston311"]
    assert run.reasons is not None
    assert run.reasons[0] == {
        "kind": "kept",
        "column": "closed_dt",
        "reason": "before open_dt",
        "count": 1,
        "rows": [38],
    }
    assert run.found
    assert len(run.file_sha256) == 64


def test_a_file_of_bad_rows_only_fails_and_is_written_down_as_failed(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("no,when\n1,soon\n2,later\n")
    shop = tmp_path / "shop.toml"
    shop.write_text(
        'format = 1\nsource = "shop"\ntitle = "A shop"\nrows = "complaint"\ntime_zone = "UTC"\n'
        'milestones = []\n[complaint]\nnumber = "no"\nreceived_at = "when"\n'
    )
    with pytest.raises(NothingGood, match=r"None of the 2 rows .* First row 2, when: 'soon' is no date"):
        import_file(engine, Order(load(str(shop)), file, tmp_path / "r.csv"))
    with engine.connect() as conn:
        assert [run.outcome for run in last_imports(conn)] == ["failed"]
        assert count(conn, "facts.source") == 0


def test_a_file_damaged_in_the_middle_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "half.jsonl.gz"
    line = json.dumps({"No": "1"}).encode() + b"\n"
    file.write_bytes(gzip.compress(line * 50_000)[:-100])
    with pytest.raises(FileRefused, match="damaged"):
        import_file(engine, sample("comcast_fcc", tmp_path / "r.csv", file))
    with engine.connect() as conn:
        assert count(conn, "facts.complaint") == 0


def test_the_hour_that_the_clocks_skip_keeps_the_order_of_promise_and_end(
    engine: Engine, tmp_path: Path
) -> None:
    """Promised for 02:30 and closed at 03:10 local time: late, as the city's own flag says."""
    take(engine, "boston311", tmp_path)
    assert status_and_promise(engine, "101000290030") == ("closed", datetime(2012, 3, 11, 7, tzinfo=UTC))


def test_a_formula_in_a_title_is_data(engine: Engine, tmp_path: Path) -> None:
    take(engine, "boston311", tmp_path)
    with engine.connect() as conn:
        title = conn.execute(
            text("SELECT title FROM facts.complaint WHERE external_id = '101000290034'")
        ).scalar_one()
    assert title == '=HYPERLINK("http://example.com")'


def test_updates_within_a_minute_follow_sys_mod_count(engine: Engine, tmp_path: Path) -> None:
    take(engine, "uci_incidents", tmp_path)
    with engine.connect() as conn:
        assert statuses(conn, "INC0000009") == ["received", "in_progress", "resolved", "closed"]
        assert statuses(conn, "INC0000010") == ["received", "in_progress", "waiting_co_owner"]


def test_cities_stand_under_their_province(engine: Engine, tmp_path: Path) -> None:
    take(engine, "comcast_fcc", tmp_path)
    with engine.connect() as conn:
        tree = conn.execute(
            text(
                "SELECT p.code, c.code, c.level, c.time_zone FROM facts.region c "
                "JOIN facts.region p ON p.region_id = c.parent_id ORDER BY 1, 2"
            )
        ).all()
    zone = "America/New_York"
    assert tree == [
        ("District of Columbia", "District Of Columbia / Washington", "city", zone),
        ("Georgia", "Georgia / Atlanta", "city", zone),
        ("Georgia", "Georgia / Decatur", "city", zone),
        ("Illinois", "Illinois / Chicago", "city", zone),
        ("Illinois", "Illinois / Decatur", "city", zone),
    ]


def test_days_and_months_of_comcast_are_put_right(engine: Engine, tmp_path: Path) -> None:
    take(engine, "comcast_fcc", tmp_path)
    with engine.connect() as conn:
        received = conn.execute(
            text(
                "SELECT (received_at AT TIME ZONE 'America/New_York')::date - DATE '2015-04-01' "
                "FROM facts.complaint ORDER BY external_id"
            )
        ).scalars()
        assert sorted(received) == sorted([*(n * 4 for n in range(24)), 21])


def test_a_complaint_of_a_log_without_a_beginning_begins_with_its_first_event(
    engine: Engine, tmp_path: Path
) -> None:
    take(engine, "bpi2013", tmp_path)
    with engine.begin() as conn:
        while derive_dirty(conn).taken:
            pass
        first = conn.execute(
            text(
                "SELECT count(*) FROM facts.complaint c WHERE received_at = (SELECT min(happened_at) "
                "FROM facts.complaint_event e WHERE e.complaint_id = c.complaint_id)"
            )
        ).scalar_one()
        assert first == 9
        assert count(conn, "derived.deadline") == 0  # it reports no milestone that a target of ours ends with


def test_history_alerts_nobody(engine: Engine, tmp_path: Path) -> None:
    take(engine, "boston311", tmp_path)
    with engine.connect() as conn:
        assert count(conn, "facts.complaint WHERE is_history") == 36
        assert count(conn, "journal.feed WHERE expected_every IS NULL") == 1


def test_a_board_with_the_jobs_role_may_import(database_url: str, tmp_path: Path) -> None:
    engine = db.engine(database_url, "board_jobs")
    assert take(engine, "uci_incidents", tmp_path).complaints == 11
    engine.dispose()


def status_and_promise(engine: Engine, number: str) -> tuple[str, datetime]:
    with engine.connect() as conn:
        row = conn.execute(
            text("SELECT status, promised_at FROM facts.complaint WHERE external_id = :number"),
            {"number": number},
        ).one()
    return row[0], row[1].astimezone(UTC)


def statuses(conn: Connection, number: str) -> list[str]:
    return list(
        conn.execute(
            text(
                "SELECT value FROM facts.complaint_event JOIN facts.complaint USING (complaint_id) "
                "WHERE external_id = :number AND field = 'status' ORDER BY happened_at, source_seq"
            ),
            {"number": number},
        ).scalars()
    )
