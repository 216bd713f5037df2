"""Signing in: what lets somebody in, what keeps them out, and what it costs to guess."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from queries import db
from queries.organisation import agent_of, people, scope_of
from queries.people import accounts, passwords, register
from queries.people.throttle import Closed
from tests.build import organisation, rows

PASSWORD = "a long enough one"  # noqa: S105
HERE = "192.0.2.1"


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 at its least: what is counted here are its verifications."""
    monkeypatch.setattr(passwords, "_hasher", passwords.PasswordHasher(1, 8, 1))
    passwords._nobodys.cache_clear()


@pytest.fixture
def there(engine: Engine) -> Engine:
    """The supervisor has a password."""
    with engine.begin() as conn:
        organisation(conn)
        invited(conn, "supervisor")
    return engine


def invited(conn: Connection, login: str) -> str | None:
    agent_id = agent_of(conn, login)
    return accounts.accept(conn, accounts.invite(conn, agent_id, "test"), passwords.hashed(PASSWORD))


def who(engine: Engine, token: str | None) -> str | None:
    assert token is not None
    with engine.begin() as conn:
        return accounts.login_of_session(conn, token)


def change(engine: Engine, sql: str) -> None:
    with engine.begin() as conn:
        conn.execute(text(sql))


def test_the_right_password_begins_a_session_and_signing_out_ends_it(there: Engine) -> None:
    token = accounts.sign_in(there, "supervisor", PASSWORD, HERE)
    assert who(there, token) == "supervisor"
    with there.begin() as conn:
        accounts.end_session(conn, token or "")
    assert who(there, token) is None


@pytest.mark.parametrize(
    ("login", "password"),
    [("supervisor", "another one"), ("nobody", PASSWORD), ("manager", PASSWORD), ("", ""), ("a\0b", "x\0y")],
)
def test_a_wrong_one_and_an_unknown_login_are_refused_alike(
    there: Engine, login: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one verification each, so that the time says nothing."""
    done = []
    real = passwords.is_right
    monkeypatch.setattr(passwords, "is_right", lambda *given: done.append(given) or real(*given))
    assert accounts.sign_in(there, login, password, HERE) is None
    assert len(done) == 1


def test_each_verification_runs_argon2_once_whether_the_login_is_known_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored, checked = passwords.hashed(PASSWORD), []

    class Counting(passwords.PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            checked.append(hash)
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Counting(1, 8, 1))
    for known in (stored, None):
        assert not passwords.is_right("wrong", known)
    assert len(checked) == 2
    assert not passwords.is_right("nobody signs in with this", None)


@pytest.mark.parametrize("login", ["supervisor", "nobody"])
def test_wrong_passwords_close_the_login_known_or_not(
    there: Engine, login: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looked_at = []
    monkeypatch.setattr(passwords, "is_right", lambda *given: bool(looked_at.append(given)))
    caplog.set_level(logging.DEBUG)
    closed = 0
    for number in range(1_000):
        try:
            accounts.sign_in(there, login, f"guess {number}", f"192.0.2.{number % 250}")
        except Closed:
            closed += 1
    assert len(looked_at) == 5
    assert closed == 995
    with pytest.raises(Closed):
        accounts.sign_in(there, login, PASSWORD, "198.51.100.1")
    logged = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("queries"))
    assert "sign-in closed for the login" in logged
    assert not any(word in logged for word in (login, "guess", PASSWORD, "192.0.2"))


def test_it_opens_again_and_closes_twice_as_long(there: Engine) -> None:
    for _ in range(5):
        accounts.sign_in(there, "supervisor", "wrong", HERE)
    spans = []
    for _ in range(3):
        with pytest.raises(Closed):
            accounts.sign_in(there, "supervisor", PASSWORD, HERE)
        with there.begin() as conn:
            spans += rows(
                conn,
                "SELECT extract(epoch FROM closed_until - clock_timestamp())::int "
                "FROM access.throttle WHERE closed_until IS NOT NULL",
            )
            conn.execute(text("UPDATE access.throttle SET closed_until = clock_timestamp()"))
        accounts.sign_in(there, "supervisor", "wrong", HERE)
    assert [round(float(str(span[0])) / 60) for span in spans] == [1, 2, 4]
    change(there, "UPDATE access.throttle SET closed_until = clock_timestamp()")
    assert accounts.sign_in(there, "supervisor", PASSWORD, HERE)
    assert accounts.sign_in(there, "supervisor", "wrong", HERE) is None  # counted from the beginning


def test_an_address_that_tries_many_logins_is_closed_and_others_are_not(there: Engine) -> None:
    with pytest.raises(Closed):
        for number in range(60):
            accounts.sign_in(there, f"login {number}", "guess", HERE)
    with pytest.raises(Closed):
        accounts.sign_in(there, "supervisor", PASSWORD, HERE)
    assert accounts.sign_in(there, "supervisor", PASSWORD, "198.51.100.1")


def test_right_passwords_do_not_use_up_an_address(there: Engine) -> None:
    for _ in range(60):
        assert accounts.sign_in(there, "supervisor", PASSWORD, HERE)


@pytest.mark.parametrize(
    "change_sql",
    [
        "UPDATE facts.agent SET signs_in = false",
        "UPDATE facts.agent SET locked_at = now()",
        "UPDATE facts.agent SET active_until = now()",
        "UPDATE facts.agent SET active_from = now() + interval '1 h'",
        "UPDATE access.session SET began_at = now() - interval '12 h'",
    ],
)
def test_a_session_ends_with_the_right_to_it(there: Engine, change_sql: str) -> None:
    token = accounts.sign_in(there, "supervisor", PASSWORD, HERE)
    assert who(there, token) == "supervisor"
    change(there, change_sql)
    assert who(there, token) is None
    if "facts.agent" in change_sql:
        assert accounts.sign_in(there, "supervisor", PASSWORD, HERE) is None
        with there.begin() as conn:
            assert scope_of(conn, "supervisor") is None
            assert [one.login for one in people(conn)] == []


def test_an_invitation_works_once_and_the_next_one_ends_it(there: Engine) -> None:
    with there.begin() as conn:
        agent_id = agent_of(conn, "manager")
        first, second = (accounts.invite(conn, agent_id, "test") for _ in range(2))
        assert accounts.invitation(conn, first) is None
        assert accounts.accept(conn, first, passwords.hashed(PASSWORD)) is None
        found = accounts.invitation(conn, second)
        assert found is not None
        assert found.login == "manager"
        assert accounts.accept(conn, second, passwords.hashed(PASSWORD))
        assert accounts.invitation(conn, second) is None
        assert accounts.accept(conn, second, passwords.hashed("quite another one")) is None
        assert accounts.invitation(conn, "of my own making") is None
    assert accounts.sign_in(there, "manager", PASSWORD, HERE)


@pytest.mark.parametrize(
    "change_sql",
    [
        "UPDATE access.invitation SET expires_at = now()",
        "UPDATE facts.agent SET locked_at = now()",
        "UPDATE facts.agent SET active_until = now()",
    ],
)
def test_an_invitation_ends_with_its_time_and_its_person(there: Engine, change_sql: str) -> None:
    with there.begin() as conn:
        token = accounts.invite(conn, agent_of(conn, "manager"), "test")
        conn.execute(text(change_sql))
        assert accounts.invitation(conn, token) is None
        assert accounts.accept(conn, token, "hash") is None


def test_a_new_password_ends_every_other_session(there: Engine) -> None:
    old = accounts.sign_in(there, "supervisor", PASSWORD, HERE)
    assert accounts.change_password(there, old or "", "wrong", "quite another one", HERE) is None
    new = accounts.change_password(there, old or "", PASSWORD, "quite another one", HERE)
    assert (who(there, old), who(there, new)) == (None, "supervisor")
    assert accounts.sign_in(there, "supervisor", PASSWORD, HERE) is None
    assert accounts.sign_in(there, "supervisor", "quite another one", HERE)


def test_the_first_administrator_is_made_once(engine: Engine) -> None:
    stored = passwords.hashed(PASSWORD)
    with engine.begin() as conn:
        tokens = [accounts.invite(conn, None, "board up") for _ in range(2)]
        assert not accounts.has_administrator(conn)
        assert accounts.accept_first(conn, tokens[0], "xu", ("Xu Wen", "徐文"), stored) is None
        assert accounts.accept_first(conn, tokens[1], "xu", ("Xu Wen", "徐文"), stored)
        assert accounts.has_administrator(conn)
        later = accounts.invite(conn, None, "board up")
        assert accounts.accept_first(conn, later, "me", ("Me", "我"), stored) is None
        assert [(one.login, one.role) for one in people(conn)] == [("xu", "administrator")]
    assert who(engine, accounts.sign_in(engine, "xu", PASSWORD, HERE)) == "xu"


def test_locking_ends_sessions_at_once_and_is_written_down(there: Engine) -> None:
    token = accounts.sign_in(there, "supervisor", PASSWORD, HERE)
    with there.begin() as conn:
        register.lock(conn, "supervisor", "administrator")
        assert rows(conn, "SELECT person, action, subject FROM journal.audit") == [
            ("administrator", "lock_person", "person:supervisor")
        ]
    assert who(there, token) is None
    with there.begin() as conn:
        register.lock(conn, "supervisor", "administrator", lock=False)
    assert who(there, token) is None
    assert accounts.sign_in(there, "supervisor", PASSWORD, HERE)


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        ("short", True),
        ("x" * 12, True),
        ("supervisor1", False),
        ("supervisor", True),
        ("一二三四五六七八九十", False),
    ],
)
def test_weak_passwords(password: str, weak: bool) -> None:
    assert passwords.is_too_weak(password, "supervisor") is weak


def test_the_same_letters_written_another_way_are_the_same_password(there: Engine) -> None:
    with there.begin() as conn:
        token = accounts.invite(conn, agent_of(conn, "manager"), "test")
        accounts.accept(conn, token, passwords.hashed("ｃａｆé long enough"))
    assert accounts.sign_in(there, "manager", "cafe\u0301 long enough", HERE)


@pytest.mark.parametrize("role", ["board_everywhere", "board_wall", "board_jobs"])
def test_only_the_server_of_the_pages_reads_passwords(there: Engine, database_url: str, role: str) -> None:
    other = db.engine(database_url, role=role)
    for table, column in (("account", "password"), ("session", "token"), ("secret", "signing")):
        with pytest.raises(ProgrammingError, match="permission denied"), other.begin() as conn:
            conn.execute(text(f"SELECT {column} FROM access.{table}"))
    other.dispose()


def test_the_role_of_the_pages_suffices_for_all_of_it(there: Engine, database_url: str) -> None:
    app = db.engine(database_url, role="board_app")
    token = accounts.sign_in(app, "supervisor", PASSWORD, HERE)
    assert who(app, accounts.change_password(app, token or "", PASSWORD, "quite another one", HERE))
    with app.begin() as conn:
        first = accounts.invite(conn, None, "board up")
        assert accounts.accept_first(conn, first, "xu", ("Xu", "徐"), passwords.hashed(PASSWORD))
        assert invited(conn, "manager")
        register.lock(conn, "manager", "xu")
        register.set_active_until(conn, "scheduler", db.board_now(conn) - timedelta(days=1), "xu")
        states = {one.login: one.state for one in register.listed(conn)}
    assert states == {
        "li": "no_access",
        "supervisor": "signs_in",
        "manager": "locked",
        "scheduler": "left",
        "administrator": "not_invited",
        "xu": "signs_in",
    }
    app.dispose()
