"""The policy in force and its calendars."""

from collections.abc import Iterator
from datetime import date, timedelta

from config.policy import PolicyError
from jobs.checks.finding import Finding, Look, fail, ok, warn
from queries.hours.calendar_days import LAST_PUBLISHED
from queries.policies.history import policy_in_force, provisional_deadlines
from queries.policy_changes.versions import in_force, versions

AHEAD = timedelta(days=45)  # a deadline that is set now may fall that far ahead


def policy(look: Look) -> Iterator[Finding]:
    current = in_force(versions(look.conn))
    if current is None:
        yield fail("policy", "No policy is in force", "Apply one with `board policy apply FILE`.")
        return
    try:
        found = policy_in_force(look.conn)
    except PolicyError as mistakes:
        yield fail("policy", f"Version {current.version} is wrong: {mistakes}", "Apply a corrected file.")
        return
    since = f"{current.in_force_from:%Y-%m-%d %H:%M} UTC"
    yield ok(
        "policy", f"Version {current.version}, in force since {since}, with {len(found.targets)} targets"
    )


def calendars(look: Look) -> Iterator[Finding]:
    used = [name for name, one in policy_in_force(look.conn).calendars.items() if one.holidays == "cn"]
    if not used:
        yield ok("calendars", "None follows published holidays")
        return
    provisional = provisional_deadlines(look.conn)
    found = f"Holidays of {', '.join(used)} are known until the end of {LAST_PUBLISHED}"
    if provisional:
        found += f"; {provisional} open deadlines are provisional"
    if look.now.date() + AHEAD > date(LAST_PUBLISHED, 12, 31) or provisional:
        yield warn(
            "calendars",
            found,
            "Once the State Council has published the next year, upgrade the package chinesecalendar, or put "
            "its days into the overrides of the policy.",
        )
    else:
        yield ok("calendars", found)
