"""The source lives, processes are killed: after the comparison nothing is lost and nothing doubled."""

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from jobs.sources.syncing import polling, spool
from jobs.sources.syncing.polling import How, compare, poll
from queries import db
from tests.build import derive
from tests.jobs.sources.syncing.agreed import disagreements
from tests.jobs.sources.syncing.crm import Crm, living
from tests.jobs.sources.syncing.writers import writer

WRITERS, STEPS, KILLS = 4, 60, 10


@contextmanager
def writing(crm: Crm, steps: int, first: int = 0) -> Iterator[list[threading.Thread]]:
    def work(seed: int) -> None:
        with writer(crm.url, seed) as at_work:
            for _ in range(steps):
                at_work.step()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(first, first + WRITERS)]
    for one in threads:
        one.start()
    yield threads
    for one in threads:
        one.join(60)


def test_four_writers_with_late_commits_and_wrong_clocks(crm: Crm) -> None:
    _live(crm)


def test_four_writers_on_mariadb(crm_on_mariadb: Crm) -> None:
    _live(crm_on_mariadb)


def _live(crm: Crm) -> None:
    crm.compare()
    with writing(crm, STEPS) as threads:
        while any(one.is_alive() for one in threads):
            crm.poll()
    crm.poll()
    crm.compare()
    assert disagreements(crm) == []
    again = crm.compare()
    assert (again.new, again.changed, again.gone) == (0, 0, 0)
    with crm.board.begin() as conn:
        derive(conn)


def _sync_for_ever(board_url: str, source_url: str) -> None:
    """In batches of a few rows, so that it dies between them too."""
    spool.BATCH = polling.BATCH = 3
    engine = db.engine(board_url, application="board sync")
    how = How(lambda _variable: source_url)
    while True:
        compare(engine, living(), how)
        poll(engine, living(), how)


def test_a_process_that_is_killed_again_and_again_loses_and_doubles_nothing(
    crm: Crm, database_url: str
) -> None:
    """At any instant of its work: its children of one process start at once."""
    chance, forked = random.Random(7), multiprocessing.get_context("fork")
    for turn in range(KILLS):
        child = forked.Process(target=_sync_for_ever, args=(database_url, crm.url))
        child.start()
        with writing(crm, 10, first=turn * WRITERS):
            time.sleep(chance.uniform(0.2, 0.8))
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
            child.join(30)
            assert child.exitcode == -signal.SIGKILL
    crm.compare()
    assert crm.poll().new == 0
    assert disagreements(crm) == []


def test_first_contact_with_many_rows_ends_where_it_was_broken_off(crm: Crm) -> None:
    crm.do(
        "INSERT INTO ticket (number, title, department, received_at, updated_at) "
        "SELECT 'M' || n, '宽带故障', 'NET', at, at FROM generate_series(1, 20000) n, "
        "LATERAL (SELECT timestamp '2026-01-01' + n * interval '1 minute' AS at) a"
    )
    found = crm.compare()
    assert (found.read, found.new, found.complaints) == (20_000, 20_000, 20_000)
    assert crm.has("SELECT count(*), bool_and(is_history) FROM facts.complaint") == [(20_000, True)]
    assert crm.compare().changed == 0
    assert disagreements(crm) == []
