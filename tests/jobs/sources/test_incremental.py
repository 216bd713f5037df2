"""Files of a log that come one after the other, where updates of one instant stand in different ones."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from config.source_maps.source_map import SourceMap, parse
from jobs.sources.importing import Order, Summary, import_file
from jobs.sources.rows import update_rows
from tests.build import derive, rows
from tests.jobs.sources.samples import facts

HEAD = "no,at,version,state,dept\n"
MAP = """
format = 1
source = "shop"
title = "A shop"
rows = "update"
time_zone = "Asia/Shanghai"
milestones = ["resolved"]
[complaint]
number = "no"
[update]
happened_at = "at"
[state]
status = "state"
department = "dept"
"""
BEGAN = "1,2026-03-02 09:00,0,in_progress,NET\n"
ENDED = "1,2026-03-02 09:00,0,resolved,NET\n"
ORDERED = MAP.replace('happened_at = "at"', 'happened_at = "at"\norder = "version"')


def read(
    engine: Engine, folder: Path, name: str, text: str, log: SourceMap, dry_run: bool = False
) -> Summary:
    file = folder / name
    file.write_text(HEAD + text)
    return import_file(engine, Order(log, file, folder / "rejects.csv", dry_run))


def ends(engine: Engine) -> tuple[object, ...]:
    """Status and department of the only complaint, and all that was told of its status, in order."""
    with engine.begin() as conn:
        derive(conn)
        told = rows(
            conn,
            "SELECT value FROM facts.complaint_event WHERE field = 'status' ORDER BY happened_at, source_seq",
        )
        ((status, code),) = rows(
            conn,
            "SELECT c.status, d.code FROM facts.complaint c JOIN facts.department d USING (department_id)",
        )
        return status, code, [value for (value,) in told]


@pytest.mark.parametrize("text", [MAP, ORDERED], ids=["by row", "by the source's own order"])
def test_the_second_files_update_of_the_same_instant_is_the_later_one(
    engine: Engine, tmp_path: Path, text: str
) -> None:
    log = parse(text)
    read(engine, tmp_path, "1.csv", BEGAN, log)
    second = read(engine, tmp_path, "2.csv", ENDED, log)
    assert (second.observations, second.behind) == (1, 1)
    assert ends(engine) == ("resolved", "NET", ["in_progress", "resolved"])


def test_each_of_the_files_again_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    log = parse(MAP)
    for name, told in (("1.csv", BEGAN), ("2.csv", ENDED)):
        read(engine, tmp_path, name, told, log)
    with engine.connect() as conn:
        before = facts(conn)
    for name, told in (("1.csv", BEGAN), ("2.csv", ENDED), ("1.csv", BEGAN)):
        again = read(engine, tmp_path, name, told, log)
        assert (again.observations, again.changed, again.behind) == (0, 0, 0)
    with engine.connect() as conn:
        assert facts(conn) == before


def test_in_the_other_order_nothing_is_lost_either_and_the_file_read_last_has_the_last_word(
    engine: Engine, tmp_path: Path
) -> None:
    log = parse(MAP)
    read(engine, tmp_path, "2.csv", ENDED, log)
    assert read(engine, tmp_path, "1.csv", BEGAN, log).behind == 1
    assert ends(engine) == ("in_progress", "NET", ["resolved", "in_progress"])


def test_a_higher_order_of_the_source_wins_whichever_file_comes_first(engine: Engine, tmp_path: Path) -> None:
    log = parse(ORDERED)
    read(engine, tmp_path, "2.csv", ENDED.replace(",0,", ",7,"), log)
    assert read(engine, tmp_path, "1.csv", BEGAN, log).behind == 0
    assert ends(engine) == ("resolved", "NET", ["in_progress", "resolved"])


def test_files_that_overlap_give_what_one_file_gives(engine: Engine, tmp_path: Path) -> None:
    log = parse(MAP)
    third = ENDED.replace("resolved", "closed").replace("NET", "BILL")
    read(engine, tmp_path, "1.csv", BEGAN + ENDED, log)
    read(engine, tmp_path, "2.csv", ENDED + third, log)
    assert ends(engine) == ("closed", "BILL", ["in_progress", "resolved", "closed"])
    assert read(engine, tmp_path, "all.csv", BEGAN + ENDED + third, log).behind == 0
    assert ends(engine) == ("closed", "BILL", ["in_progress", "resolved", "closed"])


def test_a_dry_run_tells_of_them_and_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    log = parse(MAP)
    read(engine, tmp_path, "1.csv", BEGAN, log)
    assert read(engine, tmp_path, "2.csv", ENDED, log, dry_run=True).behind == 1
    assert ends(engine) == ("in_progress", "NET", ["in_progress"])


def test_two_updates_of_one_place_far_apart_in_their_file_both_count(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more complaints than are remembered, the first one comes again at the same instant."""
    monkeypatch.setattr(update_rows, "REMEMBERED", 1)
    between = BEGAN.replace("1,", "2,", 1)
    log = parse(MAP)
    read(engine, tmp_path, "1.csv", BEGAN + between + ENDED, log)
    with engine.connect() as conn:
        told = rows(
            conn,
            "SELECT value FROM facts.complaint_event JOIN facts.complaint c USING (complaint_id) "
            "WHERE c.external_id = '1' AND field = 'status' ORDER BY happened_at, source_seq",
        )
    assert told == [("in_progress",), ("resolved",)]


def test_milestones_of_a_log_are_placed_like_anything_else(engine: Engine, tmp_path: Path) -> None:
    rang = "1,2026-03-02 09:00,0,rang,NET\n"
    milestone = 'happened_at = "at"\nmilestone = { column = "state", translate = { rang = "feedback" } }'
    log = parse(MAP.replace('happened_at = "at"', milestone).replace('status = "state"\n', ""))
    read(engine, tmp_path, "1.csv", rang, log)
    again = read(engine, tmp_path, "2.csv", rang + rang.replace("09:00", "10:00"), log)
    assert (again.observations, again.behind) == (2, 0)
