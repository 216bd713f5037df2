"""What `board token` does and prints."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from config import UserError
from config.settings import Settings
from config.vocabulary import ALL_MILESTONES
from jobs.commands.people_text import engine, person
from queries import organisation
from queries.days import USUAL
from queries.intake import imports
from queries.people import intake_keys, tokens, wall_tokens
from queries.people.tokens import Token

Say = Callable[[str], None]
PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key to be made. `reports`: none stands for all."""

    name: str
    source: str
    reports: tuple[str, ...]
    every: int | None
    per_second: int


def make(settings: Settings, name: str, regions: tuple[str, ...], say: Say) -> None:
    with engine(settings).begin() as conn:
        known = {one.code for one in organisation.regions(conn)}
        unknown = [code for code in regions if code not in known]
        if unknown:
            raise UserError(f"Unknown region: {', '.join(unknown)}. Give codes, such as GD.")
        token = wall_tokens.make(conn, name, regions, person())
    if token is None:
        raise UserError(f"A token named {name} is in use: revoke it first, or choose another name.")
    say(f"{_address(settings, settings.wall_port)}/?{urlencode({'token': token})}")
    say("It is not shown again. After the first one start the wall anew, so that it listens on the network.")


def make_key(settings: Settings, wanted: Wanted, say: Say) -> None:
    if not PLAIN_NAME.fullmatch(wanted.source):
        raise UserError(
            f"A source is named by small letters, digits and - _ . only, not '{wanted.source}': give "
            "--source."
        )
    unknown = [one for one in wanted.reports if one not in ALL_MILESTONES]
    if unknown:
        raise UserError(f"Nothing to report is named {', '.join(unknown)}: {', '.join(ALL_MILESTONES)}.")
    with engine(settings).begin() as conn:
        zone = imports.zone_of(conn, wanted.source) or USUAL
        known = imports.milestones_of(conn, wanted.source) or ALL_MILESTONES
        client = intake_keys.Client(
            wanted.name, wanted.source, zone, wanted.reports or known, wanted.every, wanted.per_second
        )
        key = intake_keys.make(conn, client, person())
    if key is None:
        raise UserError(f"A token named {wanted.name} is in use: revoke it first, or choose another name.")
    say(key)
    base = settings.public_url or _address(settings, settings.dashboard_port)
    say(
        f"It is not shown again. Send it as `Authorization: Bearer KEY` to {base.rstrip('/')}"
        "/api/complaints; what may be sent stands in /api/openapi.json."
    )


def _address(settings: Settings, port: int) -> str:
    host = "HOST" if settings.host in ("", "0.0.0.0", "::") else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def print_tokens(settings: Settings, as_json: bool, say: Say) -> None:
    with engine(settings).begin() as conn:
        found = tokens.listed(conn)
    if as_json:
        say(json.dumps([asdict(one) for one in found], default=str, ensure_ascii=False))
        return
    for one in found:
        state = f"revoked {one.revoked_at:%Y-%m-%d %H:%M} UTC" if one.revoked_at else "in use"
        say(f"{one.name}: {_opens(one)}; made {one.made_at:%Y-%m-%d %H:%M} UTC; {state}")
    say(f"{len(found)} tokens.")


def _opens(one: Token) -> str:
    if one.kind == "intake":
        return f"sends complaints of {one.source}"
    return f"wall, {one.regions or 'everywhere'}"


def revoke_token(settings: Settings, name: str, say: Say) -> None:
    with engine(settings).begin() as conn:
        found = tokens.revoke(conn, name)
    if found is None:
        raise UserError(f"No token named {name} is in use: see `board token list`.")
    say(f"The token of {name} is revoked.")
