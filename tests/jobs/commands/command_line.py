"""The command line: as a process, and, where the process itself matters nothing, in this one."""

import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from board import app
from config.settings import settings
from jobs.commands import refusing

BOARD = Path(__file__).parents[3] / "board.py"


def board(url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BOARD), *arguments],
        cwd=folder,
        env={**os.environ, "BOARD_DATABASE_URL": url, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def board_here(url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As `board`, without the second that a process takes to start."""
    out, err, code = StringIO(), StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder)
        patch.setenv("BOARD_DATABASE_URL", url)
        patch.setenv("COLUMNS", "200")
        settings.cache_clear()
        try:
            refusing.run(lambda: app(arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
    settings.cache_clear()
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
