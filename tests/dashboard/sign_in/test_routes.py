"""The ways in and out, as a browser goes them; the pages behind the gate are a stand-in."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine, text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from config.settings import Settings
from dashboard import reads
from dashboard.sign_in import cookie, routes
from dashboard.sign_in.gate import Gate
from queries import db
from queries.organisation import agent_of
from queries.people import accounts, passwords
from tests.build import organisation, rows

PASSWORD = "a long enough one"  # noqa: S105


async def behind(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"pages of {request.url.path}")


async def live(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("numbers")
    await socket.close()


@pytest.fixture
def board(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(passwords, "_hasher", passwords.PasswordHasher(1, 8, 1))
    passwords._nobodys.cache_clear()
    with engine.begin() as conn:
        organisation(conn)
        token = accounts.invite(conn, agent_of(conn, "supervisor"), "test")
        accounts.accept(conn, token, passwords.hashed(PASSWORD))
    reads.connect(engine)
    yield engine


def browser(here: Settings | None = None, base: str = "http://board.example") -> TestClient:
    pages = [Route("/{path:path}", behind, methods=["GET", "POST"]), WebSocketRoute("/api/live", live)]
    app = Starlette(
        routes=[*routes.routes(here or Settings()), pages[1], pages[0]], middleware=[Middleware(Gate)]
    )
    client = TestClient(app, base_url=base, follow_redirects=False)
    client.headers["accept"] = "text/html"
    return client


def hidden(page: str) -> str:
    found = re.search(r'name="form" value="(\w+)"', page)
    assert found, page
    return found[1]


def sign_in(
    client: TestClient, login: str = "supervisor", password: str = PASSWORD, query: str = ""
) -> object:
    form = hidden(client.get(f"/sign-in{query}").text)
    return client.post(f"/sign-in{query}", data={"form": form, "login": login, "password": password})


@pytest.mark.usefixtures("board")
def test_whoever_is_not_signed_in_comes_to_the_page_and_then_to_where_they_were_going() -> None:
    client = browser()
    away = client.get("/risk?region=GD&lang=zh")
    assert away.status_code == 303
    to = urlsplit(away.headers["location"])
    assert (to.path, parse_qs(to.query)) == (
        "/sign-in",
        {"next": ["/risk?region=GD&lang=zh"], "lang": ["zh"]},
    )
    page = client.get(away.headers["location"])
    assert ("登录名" in page.text, 'lang="zh-CN"' in page.text) == (True, True)
    query = f"?{to.query}"
    done = sign_in(client, query=query)
    assert (done.status_code, done.headers["location"]) == (303, "/risk?region=GD&lang=zh")
    assert client.get("/risk").text == "pages of /risk"


@pytest.mark.usefixtures("board")
def test_without_a_session_there_are_no_pages_no_files_and_no_socket() -> None:
    client = browser()
    assert client.get("/media/abc.csv", headers={"accept": "*/*"}).status_code == 401
    assert client.post("/_stcore/upload_file/1").status_code == 401
    for path in ("/api/live", "/_stcore/stream"):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(path):
            pass
    assert client.get("/static/js/index.js").text == "pages of /static/js/index.js"
    sign_in(client)
    mine = {"cookie": f"{cookie.SESSION}={client.cookies[cookie.SESSION]}"}
    with client.websocket_connect("/api/live", headers=mine) as socket:
        assert socket.receive_text() == "numbers"
    assert client.get("/media/abc.csv").text == "pages of /media/abc.csv"


@pytest.mark.usefixtures("board")
def test_the_cookie_is_signed_bound_to_its_time_and_out_of_reach_of_scripts_and_other_sites() -> None:
    client = browser(base="https://board.example")
    done = sign_in(client)
    given = done.headers["set-cookie"]
    assert given.startswith(f"{cookie.SESSION}=")
    assert {"HttpOnly", "SameSite=lax", "Secure", "Path=/", "Max-Age=43200"} <= set(given.split("; ")[1:])
    value = client.cookies[cookie.SESSION]
    key = reads.reads().signing_key()
    assert cookie.token_of(key, {cookie.SESSION: value}) is not None
    token = value.split(".")[0]
    for wrong in (token, value[:-1] + ("A" if value[-1] != "A" else "B"), f"x{value}", "", "a.b.c"):
        client.cookies.set(cookie.SESSION, wrong, domain="board.example")
        client.cookies.clear()
        client.cookies.set(cookie.SESSION, wrong)
        assert client.get("/risk").status_code == 303
    assert cookie.token_of(b"another key", {cookie.SESSION: value}) is None


@pytest.mark.usefixtures("board")
def test_the_cookie_is_secure_where_people_come_by_tls_through_a_proxy() -> None:
    plain, public = browser(), browser(Settings(public_url="https://board.example"))
    assert "Secure" not in sign_in(plain).headers["set-cookie"]
    assert "Secure" in public.get("/sign-in").headers["set-cookie"]


@pytest.mark.usefixtures("board")
def test_an_old_cookie_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser()
    sign_in(client)
    value = client.cookies[cookie.SESSION]
    monkeypatch.setattr(cookie, "SECONDS", -1)
    assert cookie.token_of(reads.reads().signing_key(), {cookie.SESSION: value}) is None


@pytest.mark.usefixtures("board")
def test_a_form_that_was_not_given_to_this_browser_is_refused() -> None:
    mine, other = browser(), browser()
    form = hidden(other.get("/sign-in").text)
    data = {"login": "supervisor", "password": PASSWORD}
    for fields in (data, data | {"form": form}, data | {"form": "é"}):
        mine.get("/sign-in")
        refused = mine.post("/sign-in", data=fields)
        assert (refused.status_code, cookie.SESSION in mine.cookies) == (403, False)
    assert mine.post("/sign-in", content=b"x" * 20_000).status_code == 413
    assert mine.post("/sign-in", content=b"&".join([b"a=b"] * 50)).status_code == 403


@pytest.mark.usefixtures("board")
def test_a_wrong_password_is_told_like_an_unknown_login_and_not_shown_again() -> None:
    pages = []
    for login in ("supervisor", "nobody<b>"):
        client = browser()
        answer = sign_in(client, login, "guessed it")
        assert answer.status_code == 401
        assert "guessed it" not in answer.text
        assert "<b>" not in answer.text
        pages.append(re.sub(r'value="[^"]*"|nonce[-=][^ >;]*', "", answer.text))
    assert pages[0] == pages[1]
    assert "Login or password is wrong." in pages[0]


@pytest.mark.usefixtures("board")
def test_too_many_attempts_are_told_with_the_time() -> None:
    client = browser()
    for _ in range(5):
        sign_in(client, "supervisor", "wrong")
    answer = sign_in(client)
    assert answer.status_code == 429
    assert "Too many attempts. Try again in 1 minute." in answer.text
    assert 0 < int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example/x", "/\\evil.example", "javascript:alert(1)", "evil", ""]
)
@pytest.mark.usefixtures("board")
def test_signing_in_leads_to_no_other_server(to: str) -> None:
    done = sign_in(browser(), query=f"?next={to}")
    assert done.headers["location"] == "/"


def test_signing_out_needs_the_link_of_the_pages_or_a_press(board: Engine) -> None:
    client = browser()
    sign_in(client)
    asked = client.get("/sign-out?proof=guess")
    assert (asked.status_code, client.get("/risk").status_code) == (200, 200)
    token = cookie.token_of(reads.reads().signing_key(), client.cookies) or ""
    stolen = client.cookies[cookie.SESSION]
    proof = cookie.proof(reads.reads().signing_key(), "sign-out", token)
    assert client.get(f"/sign-out?proof={proof}&lang=zh").headers["location"] == "/sign-in?lang=zh"
    assert client.get("/risk").status_code == 303
    client.cookies.set(cookie.SESSION, stolen)
    assert client.get("/risk").status_code == 303, "the session itself has ended"
    sign_in(client)
    client.post("/sign-out", data={"form": hidden(client.get("/sign-out").text)})
    assert client.get("/risk").status_code == 303


def test_an_invitation_sets_a_password_once(board: Engine) -> None:
    with board.begin() as conn:
        token = accounts.invite(conn, agent_of(conn, "manager"), "test")
    client = browser()
    page = client.get(f"/invitation/{token}?lang=zh")
    assert "欢迎，林华" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    form = hidden(page.text)
    for wrong in (("short", "short"), (PASSWORD, "another one, long"), ("manager", "manager")):
        data = {"form": form, "password": wrong[0], "again": wrong[1]}
        assert client.post(f"/invitation/{token}", data=data).status_code == 400
    data = {"form": form, "password": PASSWORD, "again": PASSWORD}
    assert client.post(f"/invitation/{token}", data=data).status_code == 303
    assert client.get("/risk").status_code == 200
    assert browser().get(f"/invitation/{token}").status_code == 404
    assert browser().get("/invitation/guess").status_code == 404
    assert sign_in(browser(), "manager").status_code == 303


def test_the_first_administrator_names_themselves(engine: Engine) -> None:
    reads.connect(engine)
    with engine.begin() as conn:
        token = accounts.invite(conn, None, "board up")
    client = browser()
    form = hidden(client.get(f"/invitation/{token}").text)
    data = {"form": form, "password": PASSWORD, "again": PASSWORD}
    assert client.post(f"/invitation/{token}", data=data).status_code == 400
    data |= {"login": "xu", "name_en": "Xu Wen", "name_zh": ""}
    assert client.post(f"/invitation/{token}", data=data).status_code == 303
    assert client.get("/people").status_code == 200
    with engine.begin() as conn:
        made = rows(conn, "SELECT login, grade, name_zh, scope_regions FROM facts.agent")
    assert made == [("xu", "administrator", "Xu Wen", None)]


def test_changing_the_password_takes_the_old_one_and_ends_other_sessions(board: Engine) -> None:
    mine, other = browser(), browser()
    sign_in(mine)
    sign_in(other)
    assert browser().get("/password").status_code == 303
    form = hidden(mine.get("/password").text)
    new = {"form": form, "password": "quite another one", "again": "quite another one"}
    assert mine.post("/password", data=new | {"old": "wrong"}).status_code == 401
    assert mine.post("/password", data=new | {"old": PASSWORD}).status_code == 303
    assert (mine.get("/risk").status_code, other.get("/risk").status_code) == (200, 303)


def test_a_locked_person_is_out_with_the_next_request(board: Engine) -> None:
    client = browser()
    sign_in(client)
    with board.begin() as conn:
        conn.execute(text("UPDATE facts.agent SET locked_at = now()"))
    assert client.get("/risk").status_code == 303


def test_no_page_of_signing_in_may_be_framed_kept_or_scripted(board: Engine) -> None:
    with board.begin() as conn:
        token = accounts.invite(conn, None, "test")
    for path in ("/sign-in", f"/invitation/{token}", "/invitation/none", "/sign-out"):
        answer = browser().get(path)
        if path == "/sign-out":
            assert answer.status_code == 303
            continue
        assert "<script" not in answer.text
        assert answer.headers["cache-control"] == "no-store"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy


def test_a_database_that_is_away_is_said_and_lets_nobody_new_in(board: Engine) -> None:
    """Who was signed in keeps the page, which says so itself."""
    client, key = browser(), reads.reads().signing_key()
    sign_in(client)
    away = reads.connect(db.engine("postgresql+psycopg2://nobody@127.0.0.1:1/none"))
    assert client.get("/risk").status_code == 303
    assert client.get("/sign-in").status_code == 503
    away._key = key
    assert client.get("/risk").status_code == 200
    assert browser().get("/risk").status_code == 303
