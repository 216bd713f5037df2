"""Who comes in: sign-in, the first administrator, secrets."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from config.open_door import is_loopback
from jobs.checks.finding import Finding, Look, fail, ok, warn
from queries.organisation import MAY_SIGN_IN, ROLES
from queries.people.accounts import has_administrator

OIDC_FILE = Path(".streamlit") / "secrets.toml"


def sign_in(look: Look) -> Iterator[Finding]:
    way = look.settings.sign_in
    if way == "choose":
        yield _chosen(look)
    elif way == "local":
        yield _local(look)
    else:
        yield _oidc(look)


def _chosen(look: Look) -> Finding:
    found = "Persons are chosen without a password (the demo)"
    if not is_loopback(look.settings.host):
        return fail("sign-in", found, "Listen on 127.0.0.1 only, or set BOARD_SIGN_IN=local.")
    return warn("sign-in", found, "Set BOARD_SIGN_IN=local or oidc before real complaints come in.")


def _local(look: Look) -> Finding:
    has_secret = look.conn.execute(text("SELECT EXISTS (SELECT FROM access.secret)")).scalar_one()
    if not has_secret:
        return fail("sign-in", "The key that signs sessions is missing", "Restore table access.secret.")
    if not has_administrator(look.conn):
        return fail("sign-in", "Nobody is administrator yet", "Run `board people invite` and open its link.")
    return ok("sign-in", "By login and password; there is an administrator")


def _oidc(look: Look) -> Finding:
    if not OIDC_FILE.is_file():
        return warn(
            "sign-in",
            f"By an identity provider, and {OIDC_FILE} is not in this directory",
            "Give it the section [auth] (docs/sign-in.md), or run this where the pages run.",
        )
    administrators = look.conn.execute(
        text(f"SELECT count(*) FROM facts.agent a WHERE a.grade = 'administrator' AND {MAY_SIGN_IN}"),
        {"roles": list(ROLES)},
    ).scalar_one()
    if not administrators:
        return fail("sign-in", "Nobody is administrator", "Import one with `board people import FILE`.")
    return ok("sign-in", f"By an identity provider; {administrators} administrators")


def secrets(look: Look) -> Iterator[Finding]:
    if look.settings.phone_hash_key.get_secret_value():
        yield ok("phone search", "BOARD_PHONE_HASH_KEY is set")
    else:
        yield warn(
            "phone search",
            "BOARD_PHONE_HASH_KEY is not set, so nobody can be found by phone number",
            "Set it to one long random value, the same for all processes, before complaints come in.",
        )
