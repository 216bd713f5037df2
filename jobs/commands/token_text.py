"""What `board token` does and prints."""

import json
from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import urlencode

from config import UserError
from config.settings import Settings
from jobs.commands.people_text import engine, person
from queries import organisation
from queries.people import wall_tokens

Say = Callable[[str], None]


def make(settings: Settings, name: str, regions: tuple[str, ...], say: Say) -> None:
    with engine(settings).begin() as conn:
        known = {one.code for one in organisation.regions(conn)}
        unknown = [code for code in regions if code not in known]
        if unknown:
            raise UserError(f"Unknown region: {', '.join(unknown)}. Give codes, such as GD.")
        token = wall_tokens.make(conn, name, regions, person())
    if token is None:
        raise UserError(f"A wall named {name} has a token: revoke it first, or choose another name.")
    say(f"{_address(settings)}/?{urlencode({'token': token})}")
    say("It is not shown again. After the first one start the wall anew, so that it listens on the network.")


def _address(settings: Settings) -> str:
    host = "HOST" if settings.host in ("", "0.0.0.0", "::") else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.wall_port}"


def print_tokens(settings: Settings, as_json: bool, say: Say) -> None:
    with engine(settings).begin() as conn:
        found = wall_tokens.listed(conn)
    if as_json:
        say(json.dumps([asdict(one) for one in found], default=str, ensure_ascii=False))
        return
    for one in found:
        state = f"revoked {one.revoked_at:%Y-%m-%d %H:%M} UTC" if one.revoked_at else "in use"
        say(f"{one.name}: {one.regions or 'everywhere'}; made {one.made_at:%Y-%m-%d %H:%M} UTC; {state}")
    say(f"{len(found)} tokens.")


def revoke_token(settings: Settings, name: str, say: Say) -> None:
    with engine(settings).begin() as conn:
        found = wall_tokens.revoke(conn, name)
    if not found:
        raise UserError(f"No wall named {name} has a token in use: see `board token list`.")
    say(f"The token of {name} is revoked.")
