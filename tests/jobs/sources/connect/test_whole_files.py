"""Files of centres get a map that takes their rows: an operator's workflow table, the simulated operator's
exports, and the public records, of which the map written by hand tells what must come in."""

import gzip
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import Engine

from config.source_maps.proposal import Answers
from config.source_maps.proposed_map import build_map
from config.source_maps.source_map import load
from jobs.commands.simulate import FIRST_DAY
from jobs.sources.connect.looking import look
from jobs.sources.connect.proposing import propose
from jobs.sources.importing import Order, import_file
from jobs.sources.simulated.exports import SHAPES
from jobs.sources.simulator import Simulation, write_exports
from tests.build import derive
from tests.jobs.sources.connect.reading import told
from tests.jobs.sources.samples import REAL, count
from tests.workflow_table import write_workflow_table

SOME = 4_000  # rows of each of the public records
NEW_YORK = {"time_zone": "America/New_York"}
MENDED = {  # the keys of the proposed map that are put right by hand
    "boston311": Answers(chosen=NEW_YORK, columns={"state.status": ""}),
    "uci_incidents": Answers(),
    "bpi2013": Answers(),
    "comcast_fcc": Answers(chosen=NEW_YORK),
}


def beginning(path: Path, folder: Path) -> Path:
    """The first rows of a file, in one of its own."""
    copy = folder / path.name.removesuffix(".gz")
    packed = path.suffix == ".gz"
    with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as lines:
        copy.write_text("".join(islice(lines, SOME + 1)), "utf-8")
    return copy


@pytest.mark.parametrize("name", REAL)
def test_the_public_records_come_in_as_by_the_map_written_by_hand(
    real_data: Path, name: str, tmp_path: Path
) -> None:
    path, answers = beginning(real_data / REAL[name], tmp_path), MENDED[name]
    assert len(answers.chosen) + len(answers.columns) <= 5
    proposed = told(path, build_map(propose(look(path)), answers))
    by_hand = told(path, load(name))
    assert proposed.rows > SOME / 2 and proposed.refused == 0
    assert proposed.numbers == by_hand.numbers and proposed.numbers
    assert proposed.received == by_hand.received
    assert proposed.ends == by_hand.ends and proposed.ends


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("exports")
    return write_exports(folder, Simulation(3, 8.0), FIRST_DAY.date(), 2)[1][-len(SHAPES) :]


@pytest.mark.parametrize("shape", SHAPES)
def test_each_export_of_the_simulated_operator_is_read_as_by_its_own_map(
    exports: list[Path], shape: str
) -> None:
    path = next(one for one in exports if one.name.startswith(shape))
    proposed = told(path, build_map(propose(look(path))))
    own = Path(__file__).parents[4] / "jobs" / "sources" / "simulated" / "maps" / f"{shape}.toml"
    by_hand = told(path, load(str(own)))
    assert (proposed.refused, proposed.reasons) == (0, by_hand.reasons)
    assert proposed.received == by_hand.received
    assert proposed.ends == by_hand.ends
    assert proposed.parts == by_hand.parts


def test_a_workflow_table_of_an_operator_comes_in_with_its_co_owners_pauses_surveys_and_callbacks(
    engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "工单流程表.csv"
    rows = write_workflow_table(path, 250)
    source = build_map(propose(look(path)))
    done = import_file(engine, Order(source, path, tmp_path / "rejects.csv"))
    assert (done.rows, done.taken, done.kept, done.rejected) == (250, 250, 0, 0)
    with engine.begin() as conn:
        told_of = {
            "facts.complaint": 250,
            "facts.co_owner_request": sum(bool(row.get(f"协办部门{n}")) for row in rows for n in (1, 2)),
            "facts.survey_answer": sum(bool(row.get("满意度评分")) for row in rows),
            "facts.callback_attempt": 2 * sum(bool(row.get("3日回访时间")) for row in rows),
            "facts.callback_booking": sum(bool(row.get("预约回访时间")) for row in rows),
        }
        assert {table: count(conn, table) for table in told_of} == told_of
        waited = "facts.complaint_event WHERE field = 'status' AND value = 'waiting_customer'"
        assert count(conn, waited) == sum(bool(row.get("挂起时间")) for row in rows)
        derive(conn)
        closed = sum(row["工单状态"] == "已归档" for row in rows)
        assert count(conn, "facts.complaint WHERE status = 'closed'") == closed
