"""What `board people` does and prints."""

import getpass
import json
import sys
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from config import UserError
from config.settings import Settings
from jobs.sources.people_file import read_groups, read_people
from queries import db, organisation
from queries.days import page_zone
from queries.organisation import OrganisationRows
from queries.people import accounts, register
from queries.people.people_plan import new_groups
from queries.people.people_rows import PeopleFile
from queries.people.register import Listed

Say = Callable[[str], None]


class _OnlyTried(Exception):
    """Nothing is kept."""


def person() -> str:
    """Who sits at the terminal, for the audit."""
    return f"{getpass.getuser()}, command line"


def engine(settings: Settings) -> Engine:
    return db.engine(settings.url(), settings.database_role, application="board people")


def run_import(settings: Settings, file: Path, add: bool, dry_run: bool, say: Say) -> None:
    try:
        with engine(settings).begin() as conn:
            found, changed = _take(conn, file, add)
            if dry_run:
                raise _OnlyTried
    except _OnlyTried:
        say(f"{changed} of {len(found.people)} people would be new or changed; nothing was changed.")
    else:
        say(f"{changed} of {len(found.people)} people are new or changed.")
    for one in found.refused:
        say(f"Row {one.row} is refused: {one.why}.")
    if found.refused:
        sys.exit(1)


def _take(conn: Connection, file: Path, add: bool) -> tuple[PeopleFile, int]:
    if add:
        _add_groups(conn, file)
    found = read_people(file, register.names(conn), ZoneInfo(page_zone(conn, ())))
    return found, register.put_people(conn, found.people, person())


def _add_groups(conn: Connection, file: Path) -> None:
    """Named as in the file, in both languages, and the name is the code."""
    departments, teams = new_groups(register.names(conn), read_groups(file))
    organisation.put_organisation(conn, OrganisationRows([], list(departments), list(teams), []))


def print_people(settings: Settings, as_json: bool, say: Say) -> None:
    with engine(settings).begin() as conn:
        people = register.listed(conn)
        regions = {one.region_id: one.code for one in organisation.regions(conn)}
    if as_json:
        say(json.dumps([_values(one, regions) for one in people], ensure_ascii=False))
        return
    for one in people:
        where = "everywhere" if one.regions is None else ", ".join(_values(one, regions)["regions"] or ())
        until = f", until {one.active_until:%Y-%m-%d %H:%M} UTC" if one.active_until else ""
        sees = f", sees {where}" if one.state != "no_access" else ""
        say(f"{one.login}  {one.name_zh} ({one.name_en}): {one.grade}{sees}; {STATES[one.state]}{until}")
    say(f"{len(people)} people.")


STATES = {
    "no_access": "does not sign in",
    "left": "no longer here",
    "not_yet": "not here yet",
    "locked": "locked",
    "signs_in": "signs in",
    "invited": "invited",
    "not_invited": "not invited yet",
}


def _values(one: Listed, regions: dict[int, str]) -> dict[str, list[str] | str | None]:
    return {
        "login": one.login,
        "name_en": one.name_en,
        "name_zh": one.name_zh,
        "grade": one.grade,
        "regions": None if one.regions is None else [regions[region] for region in one.regions],
        "state": one.state,
        "active_from": one.active_from.isoformat() if one.active_from else None,
        "active_until": one.active_until.isoformat() if one.active_until else None,
    }


def print_invitation(settings: Settings, login: str | None, say: Say) -> None:
    if settings.sign_in != "local":
        raise UserError(
            f"People sign in by BOARD_SIGN_IN={settings.sign_in} here: nobody needs an invitation."
        )
    with engine(settings).begin() as conn:
        agent_id = None if login is None else _invitable(conn, login)
        if agent_id is None and accounts.has_administrator(conn):
            raise UserError(
                "There is an administrator already: name whom to invite, as in `board people list`."
            )
        token = accounts.invite(conn, agent_id, person())
        if login is not None:
            register.invited(conn, login, person())
    say(f"Open once, within {accounts.INVITATION_HOURS} h: {link(settings, token)}")


def _invitable(conn: Connection, login: str) -> int:
    found = next((one for one in register.listed(conn) if one.login == login), None)
    if found is None:
        raise UserError(f"There is nobody with the login {login}: see `board people list`.")
    if found.state in ("no_access", "left", "not_yet", "locked"):
        raise UserError(f"{login} cannot be invited: {STATES[found.state]}.")
    return found.agent_id


def link(settings: Settings, token: str) -> str:
    host = "localhost" if settings.host in ("", "0.0.0.0", "::") else settings.host  # noqa: S104
    host = f"[{host}]" if ":" in host else host
    base = settings.public_url or f"http://{host}:{settings.dashboard_port}"
    return f"{base.rstrip('/')}/invitation/{token}"


def lock_person(settings: Settings, login: str, undo: bool, say: Say) -> None:
    with engine(settings).begin() as conn:
        if register.someone(conn, login) is None:
            raise UserError(f"There is nobody with the login {login}: see `board people list`.")
        register.lock(conn, login, person(), lock=not undo)
        db.raise_version(conn, db.board_now(conn))  # pages that are open ask again who is looking
    say(f"{login} may sign in again." if undo else f"{login} is locked; their sessions have ended.")
