"""What programs send by HTTP, and what they are told."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from config.instants import YEARS
from dashboard.intake_api.limits import LARGEST_BODY, Rates
from queries.people import tokens
from tests.build import at, derive, id_of, rows
from tests.dashboard.intake_api.conftest import HOTLINE, key_of

PATH, UPDATES = "/api/complaints", "/api/updates"
Json = dict[str, object]


def one(number: str = "H-1", **more: object) -> Json:
    return {
        "number": number,
        "stated_at": at(1).isoformat(),
        "received_at": at().isoformat(),
        "title": "宽带中断",
        "tier": 2,
        "department": "NET",
        "region": "GD-01",
        "category": "billing_dispute",
        "channel": "phone",
        "status": "in_progress",
        **more,
    }


def mistakes(answer: object) -> list[tuple[str, str]]:
    found = answer.json()["mistakes"]  # type: ignore[attr-defined]
    return [(mistake["path"], mistake["reason"]) for mistake in found]


def test_it_is_off_until_there_is_a_key(server: TestClient, engine: Engine) -> None:
    for path, method in ((PATH, "POST"), (UPDATES, "POST"), ("/api/openapi.json", "GET")):
        answer = server.request(method, path, json=one())
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    key = key_of(engine, HOTLINE)
    assert server.get("/api/openapi.json").status_code == 200
    refused = server.post(PATH, json=one(), headers={"authorization": "Bearer guess"})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert server.post(PATH, json=one(), headers={"authorization": f"Bearer {key}"}).status_code == 202


def test_a_revoked_key_brings_nothing(program: TestClient, engine: Engine) -> None:
    key_of(engine, replace(HOTLINE, name="other"))
    with engine.begin() as conn:
        assert tokens.revoke(conn, "hotline") == "intake"
    assert program.post(PATH, json=one()).status_code == 401
    with engine.begin() as conn:
        assert rows(conn, "SELECT count(*) FROM facts.complaint") == [(0,)]


def test_a_complaint_is_there_once_it_is_accepted(program: TestClient, engine: Engine) -> None:
    sent = one(
        body="一周三次",
        details={"what": "no line", "demand": "refund"},
        customer={"number": "C1", "name": "王小明", "phone": "13800001234"},
        owner="li",
        promised=at(200).isoformat(),
        reached={"first_contact": at(0.1).isoformat(), "plan": None},
        co_owners=[{"number": "R7", "department": "BILL", "requested": at(0.5).isoformat()}],
        surveys=[
            {
                "channel": "sms",
                "sent_at": at(0.6).isoformat(),
                "answered_at": at(0.7).isoformat(),
                "scores": [4, 5],
                "nps": 9,
            }
        ],
        attempts=[{"kind": "confirm_solved", "at": at(0.8).isoformat(), "outcome": "no_answer"}],
        bookings=[
            {"kind": "confirm_solved", "booked_at": at(0.8).isoformat(), "starts_at": at(30).isoformat()}
        ],
    )
    answer = program.post(PATH, json=sent)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    with engine.begin() as conn:
        derive(conn)
        assert rows(
            conn,
            "SELECT c.source, c.external_id, received_at, title, "
            " body, tier, d.code, r.code, a.login, status, "
            "details ->> 'demand', k.masked_name FROM facts.complaint c JOIN facts.department d "
            "USING (department_id) JOIN facts.region r USING (region_id) JOIN facts.agent a ON agent_id = "
            "owner_id JOIN facts.customer k USING (customer_id)",
        ) == [
            (
                "hotline", "H-1", at(), "宽带中断", "一周三次", 2, "NET", "GD-01", "li", "in_progress",
                "refund", "王**",
            )
        ]  # fmt: skip
        assert rows(conn, "SELECT name, phone FROM facts.customer_pii") == [("王小明", "13800001234")]
        assert rows(conn, "SELECT scores, nps FROM facts.survey_answer") == [([4, 5], 9)]
        assert rows(conn, "SELECT outcome FROM facts.callback_attempt") == [("no_answer",)]
        assert rows(conn, "SELECT starts_at FROM facts.callback_booking") == [(at(30),)]
        assert rows(conn, "SELECT requested_at, responded_at FROM facts.co_owner_request") == [
            (at(0.5), None)
        ]
        met = "SELECT met_at FROM derived.deadline WHERE target = 'first_contact'"
        assert rows(conn, met) == [(at(0.1),)]


def test_a_later_statement_changes_what_it_says_and_nothing_else(program: TestClient, engine: Engine) -> None:
    program.post(PATH, json=one(owner="li"))
    later = {"number": "H-1", "stated_at": at(3).isoformat(), "tier": 1, "owner": None}
    assert program.post(PATH, json=later).status_code == 202
    with engine.begin() as conn:
        assert rows(conn, "SELECT tier, owner_id, channel, title FROM facts.complaint") == [
            (1, None, "phone", "宽带中断")
        ]
        assert rows(
            conn, "SELECT value, happened_at FROM facts.complaint_event WHERE field = 'tier' ORDER BY 2"
        ) == [("2", at()), ("1", at(3))]


def test_updates_tell_a_life_in_any_order_and_twice(program: TestClient, engine: Engine) -> None:
    life: list[Json] = [
        {"number": "H-2", "happened_at": at().isoformat(), "received_at": at().isoformat(), "tier": 1,
         "department": "NET", "status": "received"},
        {"number": "H-2", "happened_at": at(0.2).isoformat(), "reached": "first_contact"},
        {"number": "H-2", "happened_at": at(0.3).isoformat(),
         "co_owner": {"department": "BILL", "step": "requested"}},
        {"number": "H-2", "happened_at": at(0.5).isoformat(),
         "co_owner": {"department": "BILL", "step": "responded"}},
        {"number": "H-2", "happened_at": at(2).isoformat(), "status": "resolved"},
        {"number": "H-2", "happened_at": at(2).isoformat(), "category": "network", "order": 1},
        {"number": "H-2", "happened_at": at(5).isoformat(), "reached": "reopened"},
    ]  # fmt: skip
    assert program.post(UPDATES, json=life[::-1]).json() == {"accepted": 7}
    assert program.post(UPDATES, json=life[3]).json() == {"accepted": 1}
    with engine.begin() as conn:
        derive(conn)
        assert rows(conn, "SELECT status, tier, category FROM facts.complaint") == [
            ("in_progress", 1, "network")
        ]
        assert rows(conn, "SELECT responded_at FROM derived.co_owner_request") == [(at(0.5),)]
        assert rows(conn, "SELECT max(episode) FROM derived.deadline") == [(2,)]
        count = "SELECT count(*) FROM facts.complaint_event WHERE field = 'responded'"
        assert rows(conn, count) == [(1,)]


def test_two_updates_of_one_instant_are_both_kept(program: TestClient, engine: Engine) -> None:
    for tier in (3, 2):
        program.post(UPDATES, json={"number": "H-3", "happened_at": at().isoformat(), "tier": tier})
    with engine.begin() as conn:
        assert rows(conn, "SELECT tier FROM facts.complaint") == [(2,)]
        assert rows(conn, "SELECT count(*) FROM facts.complaint_event WHERE field = 'tier'") == [(2,)]


def test_each_mistake_is_told_with_its_place_and_nothing_is_taken(
    program: TestClient, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    phone = "13800001234 x"
    answer = program.post(
        PATH,
        json=[
            one(),
            one("H-2", tier=4, reached={"resolved": "yesterday"}, colour="red"),
            one(" H-3", customer={"number": "C", "phone": phone}),
            one("H-4", received_at="2026-03-02T10:00:00", promised="1900-01-01T00:00:00Z"),
            one("H-5", stated_at="2150-01-01T00:00:00+00:00"),
            one("H-6", surveys=[{"sent_at": at().isoformat(), "scores": [6]}]),
        ],
    )
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    found = dict(mistakes(answer))
    assert set(found) == {
        "$[1].tier", "$[1].reached.resolved", "$[1].colour", "$[2].number", "$[2].customer.phone",
        "$[3].promised", "$[3].received_at", "$[4].stated_at", "$[5].surveys[0].scores[0]",
    }  # fmt: skip
    assert found["$[4].stated_at"] == "lies in the future"
    assert found["$[3].promised"] == f"lies outside {YEARS}"
    assert phone not in answer.text + caplog.text
    with engine.begin() as conn:
        assert rows(conn, "SELECT count(*) FROM facts.complaint") == [(0,)]


@pytest.mark.parametrize("body", [b"", b"{", b"[1", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_a_bad_request(program: TestClient, body: bytes) -> None:
    answer = program.post(PATH, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("body", [b"1", b"null", b'"H-1"', b"[null]", b"[[]]", b"{}", b'{"number": NaN}'])
def test_what_is_no_complaint_is_refused(program: TestClient, body: bytes) -> None:
    answer = program.post(PATH, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text


def test_other_media_types_methods_and_keys_are_refused(program: TestClient) -> None:
    body = json.dumps(one())
    assert program.post(PATH, content=body, headers={"content-type": "text/plain"}).status_code == 415
    gzipped = {"content-type": "application/json", "content-encoding": "gzip"}
    assert program.post(PATH, content=body, headers=gzipped).status_code == 415
    put = program.put(PATH, json=one())
    assert (put.status_code, put.headers["allow"]) == (405, "POST")
    assert program.post(PATH, json=one(), headers={"idempotency-key": "a b"}).status_code == 400


def test_a_thousand_at_once_are_taken_and_no_more(program: TestClient, engine: Engine) -> None:
    small = [{"number": f"N{n}", "tier": 3} for n in range(1_001)]
    answer = program.post(PATH, json=small)
    assert (answer.status_code, mistakes(answer)[0][0]) == (422, "$")
    assert program.post(PATH, json=small[:1_000]).json() == {"accepted": 1_000}
    with engine.begin() as conn:
        assert rows(conn, "SELECT count(*) FROM facts.complaint") == [(1_000,)]


def test_an_empty_list_says_that_the_program_is_alive(program: TestClient, engine: Engine) -> None:
    assert program.post(PATH, json=[]).json() == {"accepted": 0}
    with engine.begin() as conn:
        assert rows(conn, "SELECT source, fact_at FROM journal.feed") == [("hotline", None)]


def test_a_body_is_bounded_also_where_its_length_is_not_told(program: TestClient) -> None:
    large = b'{"number": "A", "body": "' + b"x" * LARGEST_BODY + b'"}'

    def parts() -> Iterator[bytes]:
        yield from (large[place : place + 65_536] for place in range(0, len(large), 65_536))

    kind = {"content-type": "application/json"}
    assert program.post(PATH, content=large, headers=kind).status_code == 413
    assert program.post(PATH, content=parts(), headers=kind).status_code == 413
    small = iter([json.dumps(one()).encode()])
    assert program.post(PATH, content=small, headers=kind).status_code == 202


def test_the_same_key_and_request_are_taken_once(program: TestClient, engine: Engine) -> None:
    again = {"idempotency-key": "k-1"}
    update = {"number": "H-9", "happened_at": at().isoformat(), "tier": 3}
    assert [program.post(UPDATES, json=update, headers=again).json() for _ in range(3)] == [
        {"accepted": 1}
    ] * 3
    other = program.post(UPDATES, json={**update, "tier": 2}, headers=again)
    assert (other.status_code, other.headers["content-type"]) == (422, "application/problem+json")
    assert program.post(PATH, json={"number": "H-9"}, headers=again).status_code == 422
    with engine.begin() as conn:
        assert rows(conn, "SELECT tier FROM facts.complaint") == [(3,)]
        conn.execute(text("UPDATE access.intake_answer SET answered_at = answered_at - interval '25 h'"))
    assert program.post(UPDATES, json={**update, "tier": 2}, headers=again).status_code == 202


def test_answers_are_forgotten_after_a_day(program: TestClient, engine: Engine) -> None:
    program.post(PATH, json=one(), headers={"idempotency-key": "old"})
    with engine.begin() as conn:
        conn.execute(text("UPDATE access.intake_answer SET answered_at = answered_at - interval '25 h'"))
    program.post(PATH, json=one(), headers={"idempotency-key": "new"})
    with engine.begin() as conn:
        assert rows(conn, "SELECT key FROM access.intake_answer") == [("new",)]


def test_what_was_refused_may_be_sent_again_with_its_key(program: TestClient) -> None:
    again = {"idempotency-key": "k-2"}
    assert program.post(PATH, json=one(tier=9), headers=again).status_code == 422
    assert program.post(PATH, json=one(), headers=again).status_code == 202


def test_many_at_the_same_time_are_all_taken_once(program: TestClient, engine: Engine) -> None:
    """Also those of one complaint, and those that are sent twice with one key."""

    def send(n: int) -> int:
        sent = one(f"M-{n % 20}", stated_at=at(1, n % 40).isoformat(), product=f"p{n % 40}")
        status: int = program.post(PATH, json=sent, headers={"idempotency-key": f"k{n % 40}"}).status_code
        return status

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(send, range(80))) == {202}
    with engine.begin() as conn:
        assert rows(conn, "SELECT count(*), min(product) FROM facts.complaint") == [(20, "p20")]
        assert rows(conn, "SELECT count(*) FROM facts.statement") == [(40,)]


def test_more_than_a_key_may_send_is_told_to_wait(server: TestClient, engine: Engine) -> None:
    slow = {"authorization": f"Bearer {key_of(engine, replace(HOTLINE, name='slow', per_second=1))}"}
    answers = [server.post(PATH, json=[], headers=slow) for _ in range(2)]
    assert [one.status_code for one in answers] == [202, 429]
    assert int(answers[1].headers["retry-after"]) >= 1
    fast = {"authorization": f"Bearer {key_of(engine, replace(HOTLINE, name='fast'))}"}
    assert server.post(PATH, json=[], headers=fast).status_code == 202


def test_the_rate_is_a_second_at_once_and_then_as_many_a_second() -> None:
    rates = Rates()
    assert [rates.wait("a", 2, 0.0) for _ in range(3)] == [0, 0, 1]
    assert rates.wait("b", 2, 0.0) == 0
    assert rates.wait("a", 2, 0.5) == 0
    assert rates.wait("a", 2, 0.5) == 1
    assert [rates.wait("a", 2, 90.0) for _ in range(3)] == [0, 0, 1]


def test_while_the_database_is_away_it_says_so(program: TestClient, engine: Engine) -> None:
    assert program.post(PATH, json=one()).status_code == 202
    holder = engine.connect()
    holder.execute(text("LOCK TABLE facts.complaint_ref"))
    ended = threading.Event()
    answers: list[int] = []

    def send() -> None:
        answer = program.post(PATH, json=one("H-2"))
        answers.append(answer.status_code)
        assert answer.headers["retry-after"]
        ended.set()

    sender = threading.Thread(target=send)
    sender.start()
    killer = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'board intake'"
    while not ended.wait(0.05):
        holder.execute(text(f"{killer} AND wait_event_type = 'Lock'"))
    sender.join()
    holder.close()
    assert answers == [503]
    assert program.post(PATH, json=one("H-2")).status_code == 202


def test_no_client_writes_the_source_of_another(program: TestClient, engine: Engine) -> None:
    other = {"authorization": f"Bearer {key_of(engine, replace(HOTLINE, name='web', source='web'))}"}
    program.post(PATH, json=one())
    program.post(PATH, json=one(title="mine"), headers=other)
    with engine.begin() as conn:
        assert rows(conn, "SELECT source, title FROM facts.complaint ORDER BY 1") == [
            ("hotline", "宽带中断"),
            ("web", "mine"),
        ]


def test_the_role_of_the_intake_reads_no_personal_data(program: TestClient, engine: Engine) -> None:
    program.post(PATH, json=one(customer={"number": "C1", "name": "王小明"}))
    program.post(PATH, json=one(customer={"number": "C1", "name": "王大明"}))
    with engine.begin() as conn:
        assert id_of(conn, "H-1")
        assert rows(conn, "SELECT name FROM facts.customer_pii") == [("王大明",)]
        may = "SELECT has_table_privilege('board_intake', 'facts.customer_pii', 'SELECT, INSERT, UPDATE')"
        assert rows(conn, may) == [(False,)]
