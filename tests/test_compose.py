"""What compose.yaml promises of the database, done to a real server without a container."""

import re
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from queries.schema import migrate
from tests.conftest import ROOT


def test_the_migrator_of_compose_is_no_superuser_and_yet_migrates_an_empty_database(engine: Engine) -> None:
    """The roles are there (by roles.sql); then the lines of its `passwords`, each once."""
    lines = re.findall(r"^      ((?:ALTER|GRANT) .*;)$", (ROOT / "compose.yaml").read_text("utf-8"), re.M)
    assert len(lines) == 7
    name = f"{engine.url.database}_compose"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text(f'CREATE DATABASE "{name}"'))
        for line in lines:
            if "PASSWORD" not in line:
                conn.exec_driver_sql(line.replace("DATABASE board", f'DATABASE "{name}"'))
    mine = make_url(str(engine.url)).set(database=name, username="board_migrator")
    assert migrate(mine.render_as_string(hide_password=False))

    made = create_engine(mine.set(username="board_wall"))
    with made.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM derived.stint")).scalar_one() == 0
    made.dispose()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def test_the_image_holds_what_the_makefile_installs() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert "make install" in dockerfile
    for needed in ("board.py", "config", "dashboard", "jobs", "queries"):
        assert re.search(rf"^COPY .*\b{needed}\b", dockerfile, re.M)
        assert f"!{needed}" in Path(ROOT / ".dockerignore").read_text("utf-8").splitlines()
