"""Files put into a folder are taken once each, and nobody has to look after them."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from config import UserError
from config.source_maps.source_map import parse
from jobs.sources.syncing import dropped
from jobs.sources.syncing.dropped import Resting, Took, take_files
from jobs.sources.syncing.failed import SourceFailed
from jobs.sources.syncing.living import Living
from jobs.sources.syncing.polling import How, fail
from queries.intake import sync
from tests.build import rows
from tests.jobs.sources.centre import chinese

FOLDER = '[folder]\npath = "{path}"\npattern = "complaints_*.csv"\nrest = 10\n'
HEAD = "工单编号,受理时间,诉求标题,承办单位,区域,类别,办结时间\n"
ROW = "{number},2026-11-20 09:05,宽带故障,网络部,广东,宽带,\n"


@dataclass(slots=True)
class Inbox:
    engine: Engine
    path: Path
    at: float = 1000.0
    resting: Resting = field(default_factory=Resting)

    @property
    def living(self) -> Living:
        return Living("inbox", parse(chinese() + FOLDER.format(path=self.path)))

    def put(self, name: str, *numbers: str) -> Path:
        path = self.path / name
        path.write_text(HEAD + "".join(ROW.format(number=number) for number in numbers), "utf-8")
        return path

    def look(self, after: float = 0.0) -> list[Took]:
        self.at += after
        return take_files(self.engine, self.living, How(lambda _name: ""), self.resting, self.at)

    def complaints(self) -> list[object]:
        with self.engine.begin() as conn:
            return [one for (one,) in rows(conn, "SELECT external_id FROM facts.complaint ORDER BY 1")]

    def state(self) -> sync.Sync:
        with self.engine.begin() as conn:
            found = sync.sync_of(conn, "inbox")
        assert found is not None
        return found

    def names(self, folder: str) -> list[str]:
        return sorted(one.name for one in (self.path / folder).iterdir())


@pytest.fixture
def inbox(engine: Engine, tmp_path: Path) -> Inbox:
    return Inbox(engine, tmp_path)


def test_a_file_is_taken_when_it_rests_and_moved_to_done(inbox: Inbox) -> None:
    inbox.put("complaints_1.csv", "Q1", "Q2")
    inbox.put("other.csv", "Q9")
    assert inbox.look() == []
    assert inbox.look(9) == []
    [took] = inbox.look(1)
    assert took.summary is not None
    assert took.summary.complaints == 2
    assert inbox.complaints() == ["Q1", "Q2"]
    assert inbox.names("done") == ["complaints_1.csv"]
    assert (inbox.path / "other.csv").exists()
    assert inbox.state().rows_taken == 2
    assert inbox.look(60) == []


def test_a_file_that_is_still_written_waits(inbox: Inbox) -> None:
    path = inbox.put("complaints_1.csv", "Q1")
    inbox.look()
    for number in range(3):
        with path.open("a", encoding="utf-8") as file:
            file.write(ROW.format(number=f"Q{number + 2}"))
        assert inbox.look(30) == []
    assert len(inbox.look(10)) == 1
    assert inbox.complaints() == ["Q1", "Q2", "Q3", "Q4"]


def test_the_same_content_is_taken_once_under_whatever_name(inbox: Inbox) -> None:
    inbox.put("complaints_1.csv", "Q1")
    inbox.look()
    inbox.look(10)
    inbox.put("complaints_1.csv", "Q1")
    inbox.put("complaints_2.csv", "Q1")
    inbox.look()
    assert [one.summary for one in inbox.look(10)] == [None, None]
    assert inbox.names("done") == ["complaints_1-2.csv", "complaints_1.csv", "complaints_2.csv"]
    with inbox.engine.begin() as conn:
        assert rows(conn, "SELECT count(*) FROM journal.import_run") == [(1,)]


def test_a_process_that_dies_before_the_move_imports_nothing_twice(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.put("complaints_1.csv", "Q1")
    inbox.look()

    def dies(*_given: object) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(dropped, "_move", dies)
        inbox.look(10)
    assert (inbox.path / "complaints_1.csv").exists()
    inbox.resting = Resting()  # another process
    inbox.look()
    assert [one.summary for one in inbox.look(10)] == [None]
    assert inbox.names("done") == ["complaints_1.csv"]
    with inbox.engine.begin() as conn:
        assert rows(conn, "SELECT count(*), min(outcome) FROM journal.import_run") == [(1, "done")]


def test_a_file_that_cannot_be_read_is_refused_with_its_reason_until_the_next(
    inbox: Inbox,
) -> None:
    (inbox.path / "complaints_1.csv").write_text("nothing of this\n1\n", "utf-8")
    inbox.put("complaints_2.csv", "Q1")
    inbox.look()
    with pytest.raises(SourceFailed, match=r"complaints_1\.csv.*refused") as failed:
        inbox.look(10)
    fail(inbox.engine, inbox.living, failed.value, is_compare=False)
    assert inbox.complaints() == ["Q1"]
    assert inbox.names("refused") == ["complaints_1.csv", "complaints_1.csv.reason.txt"]
    assert "工单编号" in (inbox.path / "refused" / "complaints_1.csv.reason.txt").read_text("utf-8")
    assert inbox.look(10) == []
    assert inbox.state().error_kind == "file"
    inbox.put("complaints_3.csv", "Q2")
    inbox.look()
    inbox.look(10)
    assert inbox.state().error is None


def test_the_reject_file_lies_beside_the_file_that_was_taken(inbox: Inbox) -> None:
    path = inbox.put("complaints_1.csv", "Q1")
    with path.open("a", encoding="utf-8") as file:
        file.write(",2026-11-20 09:05,,,,,\n")
    inbox.look()
    inbox.look(10)
    assert inbox.names("done") == ["complaints_1.csv", "complaints_1.csv.rejects.csv"]
    assert inbox.names(".") == ["done"]


def test_a_folder_that_is_gone_is_told_and_recovers(inbox: Inbox) -> None:
    inbox.path = inbox.path / "gone"
    with pytest.raises(SourceFailed, match="cannot be read") as failed:
        inbox.look()
    fail(inbox.engine, inbox.living, failed.value, is_compare=False)
    assert inbox.state().error_kind == "away"
    inbox.path.mkdir()
    assert inbox.look() == []
    assert inbox.state().error is None


def test_an_empty_folder_counts_as_silent_after_three_intervals(inbox: Inbox) -> None:
    inbox.put("complaints_1.csv", "Q1")
    inbox.look()
    inbox.look(10)
    inbox.look(10)
    with inbox.engine.begin() as conn:
        conn.execute(text("UPDATE journal.feed SET heard_at = heard_at - interval '1 day'"))
    inbox.look(10)
    with inbox.engine.begin() as conn:
        heard = "SELECT expected_every, heard_at < now() - interval '20 hours' FROM journal.feed"
        assert rows(conn, heard) == [(86_400, True)]


def test_a_folder_and_a_database_in_one_map_are_refused(tmp_path: Path) -> None:
    database = '[database]\nurl_variable = "BOARD_SOURCE_CRM"\nquery = "SELECT 1"\nkey = "id"\n'
    with pytest.raises(UserError, match="one of"):
        parse(chinese() + FOLDER.format(path=tmp_path) + database)
