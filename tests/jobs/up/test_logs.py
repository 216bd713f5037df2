"""What is written to a log: by whom it can be read, and that no secret stands in it."""

import logging
import logging.handlers
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import Settings
from jobs.up.logs import Masked, private_file
from tests.conftest import ROOT
from tests.jobs.receivers import Receiver

TOKEN, PASSWORD = "s3cret-token-of-the-robot", "pass%2Fword-of-the-board"
SEND = """
import logging
import logging.handlers
import sys
from datetime import UTC, datetime
from uuid import uuid4

from config.settings import settings
from jobs.outlets import webhook
from jobs.outlets.errors import SendError
from jobs.up.starting import begin
from queries.alerts.deliveries import Claimed

here = settings()
begin(here)
try:
    webhook.send(Claimed(uuid4(), "webhook", "webhook", {"text": "hello"}, 1, datetime.now(UTC)), here)
except SendError as error:
    logging.warning("not sent: %s", error)
logging.info("%r", here)
logging.warning("sent to %s with the database %s", here.webhook_url, here.database_url)
try:
    raise ValueError(f"cannot reach {here.webhook_url} or {here.database_url}")
except ValueError:
    logging.exception("failed")
logging.info("done")
"""


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
@pytest.mark.parametrize("reached", [True, False])
def test_no_line_of_a_process_that_sends_holds_the_token_or_the_password(
    receiver: Receiver, level: str, reached: bool
) -> None:
    address = receiver.url if reached else "http://127.0.0.1:1/hook?token=secret"
    environment = {
        "BOARD_WEBHOOK_URL": address.replace("secret", TOKEN),
        "BOARD_DATABASE_URL": f"postgresql://owner:{PASSWORD}@db/board",
        "BOARD_LOG_LEVEL": level,
    }
    done = subprocess.run(
        [sys.executable, "-c", SEND],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    said = done.stdout + done.stderr
    assert "INFO root: done" in said
    assert len(receiver.keys) == reached
    assert TOKEN not in said
    assert PASSWORD not in said
    assert "pass/word" not in said
    assert "HTTP Request" not in said
    assert "with the database postgresql+psycopg2://owner:***@db/board" in said


def test_a_password_of_any_address_is_masked() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 1, "see https://a:b@c/ and http://d/e:f@g", (), None)
    assert Masked("%(message)s", ()).format(record) == "see https://a:***@c/ and http://d/e:f@g"


def test_log_files_are_readable_by_their_owner_only_also_those_of_before(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir(mode=0o755)
    for name in ("board.log", "board.log.1"):
        (folder / name).write_text("old\n")
        (folder / name).chmod(0o644)
    handler = private_file(folder / "board.log", Settings(webhook_url=f"https://robot/send?token={TOKEN}"))
    handler.emit(
        logging.LogRecord("x", logging.INFO, "", 1, f"POST https://robot/send?token={TOKEN}", (), None)
    )
    assert isinstance(handler, logging.handlers.RotatingFileHandler)
    handler.doRollover()
    handler.emit(logging.LogRecord("x", logging.INFO, "", 1, "new", (), None))
    handler.close()
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["board.log", "board.log.1", "board.log.2"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.read_text() for file in files] == ["new\n", "old\nPOST ***\n", "old\n"]
