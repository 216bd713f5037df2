"""What values of a source mean: by name, as a person said, also for what came in before, and undone."""

from datetime import datetime

import pytest
from sqlalchemy import Connection, Engine, text

from config.vocabulary import ALL_MILESTONES
from queries.intake import door, imports, meanings, ties
from queries.intake.facts import Batch, Cell, NewComplaint, Observation, Snapshot, Source
from queries.intake.meaning_changes import STEP, open_changes, step
from queries.intake.take_back import take_back
from queries.organisation import DepartmentRow, OrganisationRows, put_organisation
from tests.build import at, complaint, derive, organisation, rows, settle

SHOP = Source("shop", ALL_MILESTONES)
UNKNOWN = "网络三部"


def log(number: str, *said: tuple[str, str | None], hour: float = 0) -> Batch:
    seen = [Observation(number, field, at(hour), value) for field, value in said]
    return Batch(complaints=[NewComplaint(number, at(0))], observations=seen)


def state(number: str, *said: tuple[str, str | None], hour: float = 1, place: int = 1) -> Batch:
    cells = tuple(Cell(field, value) for field, value in said)
    return Batch(snapshots=[Snapshot(number, at(hour), place, cells, at(0))])


def take(conn: Connection, *batches: Batch, now: datetime | None = None, run: int | None = None) -> None:
    for batch in batches:
        source = Source("shop", ALL_MILESTONES, import_id=run)
        door.take(conn, source, batch, now or at(days=1))


def say(conn: Connection, field: str, value: str, means: str, source: str = "shop") -> None:
    conn.execute(
        text(
            "INSERT INTO facts.value_meaning (source, field, value, means, made_by) "
            "VALUES (:source, :field, :value, :means, 'administrator')"
        ),
        {"source": source, "field": field, "value": value, "means": means},
    )


def undo(conn: Connection, value: str) -> None:
    conn.execute(
        text(
            "UPDATE facts.value_meaning SET undone_at = :now, undone_by = 'administrator', upto = 0, "
            "applied_at = NULL WHERE value = :value AND undone_at IS NULL"
        ),
        {"value": value, "now": at(days=3)},
    )


def follow(conn: Connection, now: datetime | None = None) -> int:
    """As the job does, until nothing is left."""
    total = 0
    for change in open_changes(conn):
        while (followed := step(conn, change, now or at(days=2))) is not None:
            total += followed
    assert open_changes(conn) == ()
    return total


def departments(conn: Connection) -> dict[str, str | None]:
    found = rows(
        conn,
        "SELECT c.external_id, d.code FROM facts.complaint c LEFT JOIN facts.department d "
        "USING (department_id) ORDER BY 1",
    )
    return dict(found)  # type: ignore[arg-type]


def standing(conn: Connection) -> list[tuple[object, ...]]:
    return rows(
        conn,
        "SELECT c.external_id, e.party_id, e.field::text, e.happened_at, e.source_seq, coalesce(d.code, "
        "r.code, a.login, e.value) FROM facts.complaint_event e JOIN facts.complaint c USING (complaint_id) "
        "LEFT JOIN facts.department d ON e.field IN ('department', 'requested') "
        "AND d.department_id::text = e.value "
        "LEFT JOIN facts.region r ON e.field = 'region' AND r.region_id::text = e.value "
        "LEFT JOIN facts.agent a ON e.field = 'owner' AND a.agent_id::text = e.value "
        "WHERE e.retracted_at IS NULL ORDER BY 1, 2, 3, 4, 5",
    )


def unknown(conn: Connection) -> dict[tuple[str, str], tuple[object, ...]]:
    found = rows(conn, "SELECT field, value, complaints, examples FROM facts.unknown_value ORDER BY 1, 2")
    return {(str(field), str(value)): tuple(rest) for field, value, *rest in found}


def twelve(kind: str) -> list[Batch]:
    make = log if kind == "log" else state
    return [make(f"{n:02}", ("department", UNKNOWN), ("status", "in_progress")) for n in range(1, 13)]


@pytest.mark.parametrize("kind", ["log", "snapshots"])
def test_an_unknown_department_is_counted_meant_followed_and_undone(conn: Connection, kind: str) -> None:
    organisation(conn)
    take(conn, *twelve(kind))
    examples = ["01", "02", "03", "04", "05"]
    assert unknown(conn) == {("department", UNKNOWN): (12, examples)}
    assert set(departments(conn).values()) == {UNKNOWN}
    derive(conn)
    before = standing(conn)

    say(conn, "department", UNKNOWN, "NET")
    assert follow(conn) == 12
    assert set(departments(conn).values()) == {"NET"}
    derive(conn)
    of_stints = "SELECT DISTINCT d.code FROM derived.stint JOIN facts.department d USING (department_id)"
    assert rows(conn, of_stints) == [("NET",)]

    make = log if kind == "log" else state
    take(conn, make("13", ("department", UNKNOWN)), *twelve(kind), now=at(days=2.5))
    assert departments(conn)["13"] == "NET"
    assert unknown(conn) == {("department", UNKNOWN): (12, examples)}

    undo(conn, UNKNOWN)
    assert follow(conn, at(days=3)) == 13
    assert unknown(conn) == {("department", UNKNOWN): (13, examples)}
    assert set(departments(conn).values()) == {UNKNOWN}
    assert [row for row in standing(conn) if row[0] != "13"] == before


def test_it_is_as_if_the_meaning_had_always_been_there(conn: Connection) -> None:
    """Also of co-owner requests, and where a state changes to what means the same."""
    organisation(conn)
    said = [
        log("A", ("department", UNKNOWN), ("status", "待派发"), ("tier", "紧急"), ("owner", "张三")),
        log("A", ("department", "NET"), ("status", "in_progress"), hour=3),
        Batch(observations=[Observation("A", "requested", at(4), UNKNOWN, party_id=1)]),
        state("B", ("department", "BILL"), ("status", "待派发"), ("category", "资费争议")),
        state("B", ("department", UNKNOWN), ("status", "received"), ("tier", "紧急"), hour=5),
        state("B", ("department", "NET"), ("status", "closed"), hour=7),
    ]
    means = (
        ("department", UNKNOWN, "NET"),
        ("status", "待派发", "received"),
        ("tier", "紧急", "1"),
        ("owner", "张三", "li"),
        ("category", "资费争议", "billing_dispute"),
    )
    for one in means:
        say(conn, *one)
    follow(conn)
    take(conn, *said)
    wanted = standing(conn)
    for one in means:
        undo(conn, one[1])
    follow(conn)
    assert standing(conn) != wanted
    for one in means:
        say(conn, *one)
    follow(conn)
    assert standing(conn) == wanted
    assert rows(conn, "SELECT tier, status FROM facts.complaint ORDER BY external_id") == [
        (1, "in_progress"),
        (1, "closed"),
    ]


@pytest.mark.parametrize("make", [log, state])
def test_a_status_that_nobody_knows_is_kept_and_no_fact_until_it_means_something(
    conn: Connection, make: object
) -> None:
    organisation(conn)
    take(conn, make("A", ("status", "已办结"), ("tier", "特急"), hour=1))  # type: ignore[operator]
    assert unknown(conn) == {("status", "已办结"): (1, ["A"]), ("tier", "特急"): (1, ["A"])}
    assert rows(conn, "SELECT status, tier FROM facts.complaint") == [("received", None)]
    say(conn, "status", "已办结", "closed")
    say(conn, "tier", "特急", "1")
    follow(conn)
    assert rows(conn, "SELECT status, tier FROM facts.complaint") == [("closed", 1)]
    undo(conn, "已办结")
    follow(conn)
    assert rows(conn, "SELECT status, tier FROM facts.complaint") == [("received", 1)]


def test_what_was_known_then_stays_what_was_known_then(conn: Connection) -> None:
    organisation(conn)
    take(conn, log("A", ("department", UNKNOWN)), now=at(days=1))
    say(conn, "department", UNKNOWN, "NET")
    follow(conn, at(days=2))
    known = rows(
        conn,
        "SELECT d.code, e.recorded_at, e.retracted_at FROM facts.complaint_event e JOIN facts.department d "
        "ON d.department_id::text = e.value WHERE e.field = 'department' ORDER BY 2",
    )
    assert known == [(UNKNOWN, at(days=1), at(days=2)), ("NET", at(days=2), None)]


def test_a_correction_by_a_person_outlives_a_meaning(conn: Connection) -> None:
    organisation(conn)
    take(conn, log("A", ("department", UNKNOWN)))
    (found,) = rows(conn, "SELECT complaint_id FROM facts.complaint")
    (bill,) = rows(conn, "SELECT department_id FROM facts.department WHERE code = 'BILL'")
    door.correct(conn, int(str(found[0])), "department", str(bill[0]), None, at(5))
    say(conn, "department", UNKNOWN, "NET")
    follow(conn)
    assert departments(conn) == {"A": "BILL"}


def test_a_log_that_tells_the_same_again_tells_nothing_new(conn: Connection) -> None:
    """Before, while and after its values mean something; several updates of one instant too."""
    organisation(conn)
    told = [
        log("A", ("department", UNKNOWN), ("status", "待派发")),
        Batch(
            observations=[
                Observation("A", "status", at(0), "in_progress", 1),
                Observation("A", "department", at(0), "NET", 1),
                Observation("A", "department", at(0), UNKNOWN, 2),
            ]
        ),
    ]

    def tell(now: datetime) -> None:
        door.clear_staging(conn)
        for batch in told:
            door.stage(conn, batch)
        ties.settle(conn, "shop")
        door.merge(conn, SHOP, now)

    tell(at(days=1))
    first = standing(conn)
    tell(at(days=1.1))
    assert standing(conn) == first
    say(conn, "department", UNKNOWN, "BILL")
    say(conn, "status", "待派发", "received")
    follow(conn)
    meant = standing(conn)
    assert meant != first
    tell(at(days=2.1))
    assert standing(conn) == meant
    undo(conn, UNKNOWN)
    undo(conn, "待派发")
    follow(conn, at(days=3))
    assert standing(conn) == first
    tell(at(days=3.1))
    assert standing(conn) == first


def test_only_the_source_itself_is_meant(conn: Connection) -> None:
    organisation(conn)
    take(conn, log("A", ("department", UNKNOWN)))
    settle(conn, complaint("B", department=UNKNOWN))
    say(conn, "department", UNKNOWN, "NET")
    follow(conn)
    assert departments(conn) == {"A": "NET", "B": UNKNOWN}


def test_what_was_taken_back_stays_away(conn: Connection) -> None:
    organisation(conn)
    run = imports.start_import(conn, "shop", "a.csv", "0" * 64, at(0))
    take(conn, log("A", ("department", UNKNOWN)), run=run)
    imports.finish_import(conn, run, at(1), imports.Finished(1, 0, 0, 1, 1, None, [], None))
    take(conn, log("A", ("tier", "2"), hour=2))
    take_back(conn, run, "xu", "wrong file", at(days=1.5))
    say(conn, "department", UNKNOWN, "NET")
    follow(conn)
    assert departments(conn) == {"A": None}


def test_names_of_the_organisation_are_known_without_being_told(conn: Connection) -> None:
    organisation(conn)
    take(
        conn,
        log("A", ("department", "网络部"), ("region", "广东省")),
        state("B", ("department", " network"), ("region", "Guangzhou")),
    )
    assert departments(conn) == {"A": "NET", "B": "NET"}
    of_regions = (
        "SELECT r.code FROM facts.complaint JOIN facts.region r USING (region_id) ORDER BY external_id"
    )
    assert rows(conn, of_regions) == [("GD",), ("GD-01",)]
    assert unknown(conn) == {}
    assert rows(conn, "SELECT count(*) FROM facts.value_meaning WHERE made_by IS NULL AND in_force") == [(4,)]


def test_whoever_undid_a_name_does_not_get_it_again(conn: Connection) -> None:
    organisation(conn)
    take(conn, log("A", ("department", "网络部")))
    undo(conn, "网络部")
    follow(conn)
    take(conn, log("B", ("department", "网络部")))
    assert departments(conn) == {"A": "网络部", "B": "网络部"}


def test_what_is_undone_before_it_came_into_force_changes_nothing(conn: Connection) -> None:
    organisation(conn)
    take(conn, log("A", ("department", UNKNOWN)))
    say(conn, "department", UNKNOWN, "NET")
    undo(conn, UNKNOWN)
    assert follow(conn) == 0
    assert unknown(conn)["department", UNKNOWN][0] == 1
    assert departments(conn) == {"A": UNKNOWN}


def test_a_name_that_two_departments_have_is_nobodys(conn: Connection) -> None:
    organisation(conn)
    twin = DepartmentRow("NET2", "Network two", "网络部")
    put_organisation(conn, OrganisationRows([], [twin], [], []))
    take(conn, log("A", ("department", "网络部")))
    assert ("department", "网络部") in unknown(conn)


def test_cities_that_come_with_their_province_are_found_under_it(conn: Connection) -> None:
    organisation(conn)
    imports.put_new_regions(conn, {"广州市": "广东省", "珠海": "广东省"}, "Asia/Shanghai", "shop")
    take(conn, log("A", ("region", "广州市")), log("B", ("region", "珠海")))
    found = rows(
        conn,
        "SELECT c.external_id, r.code, p.code FROM facts.complaint c JOIN facts.region r USING (region_id) "
        "JOIN facts.region p ON p.region_id = r.parent_id ORDER BY 1",
    )
    assert found == [("A", "GD-01", "GD"), ("B", "珠海", "GD")]
    assert list(unknown(conn)) == [("region", "珠海")]


def test_words_of_the_map_and_of_the_board_are_known(conn: Connection) -> None:
    organisation(conn)
    source = Source("shop", ALL_MILESTONES, known_words=(("product", "5G套餐"),))
    said = log("A", ("category", "no_signal"), ("channel", "phone"), ("product", "5G套餐"))
    door.take(conn, source, said, at(days=1))
    assert unknown(conn) == {}
    door.take(conn, source, log("B", ("product", "宽带")), at(days=1))
    assert unknown(conn) == {("product", "宽带"): (1, ["B"])}


def test_a_value_that_comes_again_counts_each_complaint_once(conn: Connection) -> None:
    organisation(conn)
    take(conn, log("A", ("department", UNKNOWN)), state("B", ("department", UNKNOWN)))
    again = log("A", ("department", UNKNOWN), hour=2)
    take(conn, again, state("B", ("department", UNKNOWN), ("tier", "1"), hour=3), now=at(days=2))
    assert unknown(conn)["department", UNKNOWN][0] == 2


def test_a_meaning_waits_while_something_of_its_source_comes_in(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        take(conn, log("A", ("department", UNKNOWN)))
        say(conn, "department", UNKNOWN, "NET")
    with engine.begin() as other:
        meanings.hold(other, "shop")
        with engine.begin() as conn:
            (change,) = open_changes(conn)
            assert step(conn, change, at(days=2)) is None
            assert departments(conn) == {"A": UNKNOWN}
    with engine.begin() as conn:
        assert follow(conn) == 1


def test_complaints_are_followed_step_by_step(conn: Connection) -> None:
    """More numbers than one step looks at; a process that ends leaves the rest to the next."""
    organisation(conn)
    take(conn, log("A", ("department", UNKNOWN)))
    conn.execute(
        text("ALTER TABLE facts.complaint_ref ALTER complaint_id RESTART WITH 100000"),
    )
    conn.execute(
        text(
            "INSERT INTO facts.complaint (complaint_id, source, external_id, received_at) "
            "SELECT n, 'other', n::text, :at FROM generate_series(1000, :last) n"
        ),
        {"at": at(0), "last": 1000 + STEP},
    )
    take(conn, log("Z", ("department", UNKNOWN)))
    say(conn, "department", UNKNOWN, "NET")
    (change,) = open_changes(conn)
    assert step(conn, change, at(days=2)) == 1
    assert departments(conn)["A"] == "NET"
    assert departments(conn)["Z"] == UNKNOWN
    assert follow(conn) == 1
    assert departments(conn)["Z"] == "NET"
