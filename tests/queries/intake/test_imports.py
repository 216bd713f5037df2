from datetime import timedelta

from sqlalchemy import Connection, text

from queries.intake.imports import (
    Finished,
    fail_import,
    finish_import,
    last_imports,
    put_new_regions,
    start_import,
)
from tests.build import MONDAY, at, organisation


def test_an_import_is_under_way_until_it_is_done_or_failed(conn: Connection) -> None:
    under_way, done, failed = (start_import(conn, "shop", f"{n}.csv", "0" * 64, MONDAY) for n in range(3))
    reasons = [{"kind": "kept", "column": "a", "reason": "before b", "count": 3, "rows": [1, 2, 3]}]
    finish_import(conn, done, at(1), Finished(10, 3, 2, 7, 40, "UTF-8", reasons, MONDAY))
    fail_import(conn, failed, at(2))
    fail_import(conn, done, at(3))  # too late: it is done
    found = {run.import_id: run for run in last_imports(conn)}
    assert [found[run].outcome for run in (under_way, done, failed)] == [None, "done", "failed"]
    assert found[done].finished_at == MONDAY + timedelta(hours=1)
    assert (found[done].rows_read, found[done].rows_kept, found[done].rows_rejected) == (10, 3, 2)
    assert (found[done].found, found[done].reasons, found[done].as_of) == ("UTF-8", reasons, MONDAY)
    assert (found[done].complaints, found[done].observations) == (7, 40)


def test_the_last_import_comes_first(conn: Connection) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        start_import(conn, "shop", name, "0" * 64, MONDAY)
    assert [run.file_name for run in last_imports(conn, 2)] == ["c.csv", "b.csv"]


def test_new_cities_stand_under_their_province_and_known_regions_stay(conn: Connection) -> None:
    organisation(conn)
    put_new_regions(conn, {"GD-01": "XX", "GD-02": "GD", "NY-01": "NY"}, "America/New_York", "shop")
    rows = conn.execute(
        text(
            "SELECT c.code, p.code, c.level, c.name_en FROM facts.region c "
            "LEFT JOIN facts.region p ON p.region_id = c.parent_id ORDER BY 1"
        )
    ).all()
    assert ("GD-01", "GD", "city", "Guangzhou") in rows
    assert ("GD-02", "GD", "city", "GD-02") in rows
    assert ("NY-01", "NY", "city", "NY-01") in rows
    assert ("NY", None, "province", "NY") in rows
