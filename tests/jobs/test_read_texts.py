"""The job that reads texts: newest first, each once, again when the text grew or the lexicon changed."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from config.settings import Settings
from jobs import read_texts, sweep
from jobs.work import Work
from queries import db
from queries.intake.facts import Batch, NewComplaint, Source
from queries.organisation import scope_of
from queries.texts import proposals
from queries.texts.reading import put_signals, relist, take_unread
from queries.texts.signals import NOTHING
from tests.build import MONDAY, SOURCE, at, complaint, id_of, organisation, rows, settle

ANGRY = "宽带断网三天,再不处理我就去工信部投诉"


def saying(number: str, body: str | None, received: datetime = MONDAY, **given: str) -> Batch:
    made = complaint(number, received, **given)
    return replace(made, complaints=[NewComplaint(number, received, None, body)])


def work(engine: Engine, now: datetime, url: str | None = None) -> Work:
    return Work(engine, Settings(webhook_url=url), "t", now, lambda: None, dict)


def signals(conn: Connection) -> list[tuple[object, ...]]:
    return rows(
        conn,
        "SELECT c.external_id, key_issue, sentiment < 0, triggers, words FROM derived.text_signal "
        "JOIN facts.complaint c USING (complaint_id) ORDER BY 1",
    )


def test_every_text_is_read_once_and_no_text_waits_afterwards(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, saying("A", ANGRY), saying("B", "Slow internet"), saying("C", None))
    assert read_texts.run(work(engine, at(1))) == 2
    assert read_texts.run(work(engine, at(2))) == 0
    with engine.begin() as conn:
        assert signals(conn) == [
            ("A", "outage", True, ["regulator"], ["工信部"]),
            ("B", "speed", True, [], []),
        ]


def test_a_complaint_that_comes_again_is_not_read_again_unless_its_text_grew(engine: Engine) -> None:
    first = complaint("A")
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, first)
    assert read_texts.run(work(engine, at(1))) == 1
    with engine.begin() as conn:
        settle(conn, first)
    assert read_texts.run(work(engine, at(2))) == 0
    with engine.begin() as conn:
        settle(conn, saying("A", ANGRY))
    assert read_texts.run(work(engine, at(3))) == 1
    with engine.begin() as conn:
        assert [row[3] for row in signals(conn)] == [["regulator"]]


def test_another_lexicon_lists_every_text_once(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, saying("A", ANGRY))
    read_texts.run(work(engine, at(1)))
    with engine.begin() as conn:
        assert relist(conn, "another") == 1
        assert relist(conn, "another") == 0
        put_signals(conn, [(one, NOTHING) for one in take_unread(conn, 10)], "another")
        assert signals(conn) == [("A", None, None, [], [])]
    assert read_texts.run(work(engine, at(2))) == 1


def test_the_newest_is_read_first_and_two_readers_never_take_the_same(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, saying("old", "x", at(0)), saying("new", "x", at(9)), saying("middle", "x", at(5)))
        old, new, middle = (id_of(conn, name) for name in ("old", "new", "middle"))
    with engine.begin() as one, engine.begin() as other:
        assert [unread.complaint_id for unread in take_unread(one, 1)] == [new]
        assert [unread.complaint_id for unread in take_unread(other, 5)] == sorted([middle, old])


def test_a_threat_alerts_the_supervisors_once_and_carries_no_text(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, saying("A", ANGRY, at(0)), saying("urgent", ANGRY, at(0)))
        take_urgent(conn, "urgent")
    read_texts.run(work(engine, at(minutes=1)))
    for minutes in (1, 2):
        sweep.run(work(engine, at(minutes=minutes), "http://127.0.0.1:9/"))
    with engine.begin() as conn:
        told = rows(
            conn,
            "SELECT c.external_id, a.level, a.target, d.message::text FROM journal.alert a "
            "JOIN facts.complaint c USING (complaint_id) JOIN journal.delivery d USING (alert_id) "
            "WHERE a.rule = 'text_trigger'",
        )
    assert [row[:3] for row in told] == [("A", "warning", "regulator")]
    assert "监管投诉与曝光" in str(told[0][3])
    assert "工信部" not in str(told[0][3])


def test_history_alerts_nobody(engine: Engine) -> None:
    past = Source(SOURCE.name, SOURCE.milestones, is_history=True)
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, saying("A", ANGRY), source=past)
        number = id_of(conn, "A")
    read_texts.run(work(engine, at(1)))
    sweep.run(work(engine, at(1)))
    with engine.begin() as conn:
        assert rows(conn, "SELECT FROM journal.alert WHERE rule = 'text_trigger'") == []
        assert proposals.proposal(conn, number) != ()


def test_a_persons_decision_makes_it_tier_1_with_its_reason_and_ends_the_alert(
    engine: Engine, database_url: str
) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, saying("A", ANGRY))
        number, manager = id_of(conn, "A"), scope_of(conn, "manager")
    assert manager is not None
    read_texts.run(work(engine, at(minutes=1)))
    sweep.run(work(engine, at(minutes=1)))
    app = db.engine(database_url, role="board_app")
    with db.writing(app, manager) as conn:
        assert proposals.decide(conn, number, 1, "manager", None, at(minutes=2))
        assert not proposals.decide(conn, number, 1, "manager", None, at(minutes=3))
    sweep.run(work(engine, at(minutes=4)))
    with engine.begin() as conn:
        assert rows(conn, "SELECT tier FROM facts.complaint") == [(1,)]
        assert rows(conn, "SELECT person, action, detail FROM journal.audit") == [
            ("manager", "decide_tier", {"tier": 1, "groups": ["regulator"], "words": ["工信部"]})
        ]
        assert rows(conn, "SELECT ended_at FROM journal.alert WHERE rule = 'text_trigger'") == [
            (at(minutes=4),)
        ]


def test_keeping_the_tier_is_a_decision_too(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, saying("A", ANGRY))
        number = id_of(conn, "A")
    read_texts.run(work(engine, at(1)))
    with engine.begin() as conn:
        assert proposals.decide(conn, number, 2, "supervisor", None, at(2))
        assert proposals.proposal(conn, number) == ()
        assert rows(conn, "SELECT tier FROM facts.complaint") == [(2,)]


def test_ended_and_urgent_complaints_are_not_proposed(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, saying("over", ANGRY), saying("urgent", ANGRY))
        take_urgent(conn, "urgent")
        conn.execute(text("UPDATE facts.complaint SET status = 'closed' WHERE external_id = 'over'"))
    read_texts.run(work(engine, at(1)))
    with engine.begin() as conn:
        assert [proposals.proposal(conn, id_of(conn, name)) for name in ("over", "urgent")] == [(), ()]


def test_a_manager_sees_what_was_read_of_their_provinces_only(engine: Engine, database_url: str) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, saying("GD", ANGRY), saying("BJ", ANGRY, region="BJ-01"))
        manager = scope_of(conn, "manager")
    assert manager is not None
    read_texts.run(work(engine, at(1)))
    with db.reading(db.engine(database_url, role="board_app"), manager) as conn:
        assert [row[0] for row in signals(conn)] == ["GD"]


def take_urgent(conn: Connection, number: str) -> None:
    conn.execute(text("UPDATE facts.complaint SET tier = 1 WHERE external_id = :n"), {"n": number})
