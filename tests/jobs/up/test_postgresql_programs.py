"""PostgreSQL's own user on a machine that has none yet."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from pwd import getpwuid, struct_passwd
from typing import Any

import pytest

from jobs.up import postgresql_programs


def test_two_servers_that_start_at_once_make_their_user_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[str] = []

    def look_up(name: str) -> struct_passwd:
        if not made:
            raise KeyError(name)
        return getpwuid(0)

    def slowly(command: tuple[str, ...], **_options: Any) -> None:
        time.sleep(0.2)
        made.append(command[-1])

    monkeypatch.setattr(postgresql_programs, "_private_parent", lambda _path: None)
    monkeypatch.setattr(postgresql_programs.os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgresql_programs, "getpwnam", look_up)
    monkeypatch.setattr(postgresql_programs.subprocess, "run", slowly)
    with ThreadPoolExecutor(2) as pool:
        starts = [pool.submit(postgresql_programs._system_user, tmp_path) for _ in range(2)]
    assert [one.result(timeout=60) for one in starts] == [getpwuid(0)] * 2
    assert made == [postgresql_programs.SYSTEM_USER]
