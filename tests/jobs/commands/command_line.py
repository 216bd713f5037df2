"""The command line as a process."""

import os
import subprocess
import sys
from pathlib import Path

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
