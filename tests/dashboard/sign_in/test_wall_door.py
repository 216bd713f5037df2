"""The wall on a network: by the token of a display, which shows its regions and no others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard import asgi, live_bus, reads
from dashboard.locale import use
from dashboard.sign_in import wall_door
from queries import db
from queries.people import wall_tokens
from tests.build import complaint, organisation, settle

WALL = str(Path(dashboard.__file__).with_name("wall.py"))


@pytest.fixture
def wall(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Read as the wall's own role; one open complaint in Guangdong, two in Beijing."""
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, *(complaint(name, region=name[:5]) for name in ("GD-01 a", "BJ-01 a", "BJ-01 b")))
    own = db.engine(database_url, role="board_wall")
    reads.connect(own)
    drawn: list[str] = []
    monkeypatch.setattr(live_bus, "picture", drawn.append)
    monkeypatch.setattr(wall_door, "drawn", drawn, raising=False)
    wall_door.ask_for_token(True)
    yield own
    wall_door.ask_for_token(False)
    use("en")
    own.dispose()


def made(engine: Engine, name: str, *regions: str) -> str:
    with engine.begin() as conn:
        token = wall_tokens.make(conn, name, regions, "test")
    assert token is not None
    return token


def shown(**query: str) -> str:
    app = AppTest.from_file(WALL, default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    drawn: list[str] = wall_door.drawn  # type: ignore[attr-defined]
    return drawn[-1]


def test_nothing_is_shown_without_the_token_of_a_display(wall: Engine, engine: Engine) -> None:
    token = made(engine, "lobby")
    for query in ({}, {"token": "guess"}, {"token": token + "x"}, {"token": "\0"}):
        assert "wall-card" not in shown(**query)
    assert "wall-card" in shown(token=token)
    with engine.begin() as conn:
        assert wall_tokens.revoke(conn, "lobby")
    assert "wall-card" not in shown(token=token)


def test_a_display_shows_the_regions_of_its_token_whatever_its_address_asks_for(
    wall: Engine, engine: Engine
) -> None:
    token = made(engine, "south", "GD")
    scope = wall_door.scope({"token": token})
    assert scope is not None
    assert len(scope.regions or ()) == 2
    for query in ({}, {"region": "BJ"}, {"region": "BJ-01,GD-01"}, {"region": "GD"}):
        picture = shown(token=token, scene="where", lang="en", **query)
        assert "Guangzhou" in picture or "Guangdong" in picture
        assert "Beijing" not in picture
        assert "Haidian" not in picture
    everywhere = shown(token=made(engine, "all"), scene="where", lang="en")
    assert "Beijing" in everywhere


def test_at_this_machine_no_token_is_needed_and_one_still_binds(wall: Engine, engine: Engine) -> None:
    wall_door.ask_for_token(False)
    assert wall_door.scope({}) == wall_door.EVERYWHERE
    assert wall_door.scope({"token": "guess"}) is None
    bound = wall_door.scope({"token": made(engine, "south", "GD")})
    assert bound is not None
    assert bound.regions is not None


def test_a_token_whose_regions_are_gone_shows_nothing(wall: Engine, engine: Engine) -> None:
    token = made(engine, "south", "GD")
    with engine.begin() as conn:
        conn.exec_driver_sql("UPDATE access.token SET regions = '{4711}'")
    assert wall_door.scope({"token": token}) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_the_loopback_stays_what_it_is(wall: Engine, host: str) -> None:
    assert wall_door.host_to_listen_on(wall, host) == host


def test_a_network_address_is_listened_on_once_a_display_has_a_token(wall: Engine, engine: Engine) -> None:
    assert wall_door.host_to_listen_on(wall, "0.0.0.0") == "127.0.0.1"
    made(engine, "lobby")
    assert wall_door.host_to_listen_on(wall, "0.0.0.0") == "0.0.0.0"
    away = db.engine("postgresql+psycopg2://nobody@127.0.0.1:1/none")
    assert wall_door.host_to_listen_on(away, "0.0.0.0") == "0.0.0.0"


def test_the_server_of_the_wall_listens_where_it_may(
    wall: Engine, engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    listened: list[str] = []
    monkeypatch.setattr(asgi, "make_app", lambda *_given: None)
    monkeypatch.setattr(asgi.uvicorn, "run", lambda _app, host, **_given: listened.append(host))
    here = asgi.Settings(database_url=database_url)
    asgi.serve("wall", "0.0.0.0", 0, here)
    made(engine, "lobby")
    asgi.serve("wall", "0.0.0.0", 0, here)
    assert listened == ["127.0.0.1", "0.0.0.0"]
