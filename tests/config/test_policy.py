"""The policy file: its defaults are the rules N1 to N9, and every mistake says what would be right."""

import re
from datetime import date
from pathlib import Path

import pytest

from config.policy import DEFAULT, PolicyError, check, load, parse
from config.policy_values import Budget, parse_seconds

TEXT = DEFAULT.read_text("utf-8")


def problems(*changes: tuple[str, str]) -> list[str]:
    """Of the default policy with some text replaced, each once."""
    changed = TEXT
    for old, new in changes:
        assert old in changed
        changed = changed.replace(old, new, 1)
    with pytest.raises(PolicyError) as caught:
        parse(changed, "my.toml")
    assert str(caught.value).startswith("my.toml: ")
    return [str(problem) for problem in caught.value.problems]


def test_the_defaults_are_n1_to_n7_and_n9() -> None:
    policy = load()
    targets = {
        target.name: (target.rule, target.tiers, target.starts, target.met_by, target.budget, target.hours)
        for target in policy.targets
        if target.on
    }
    assert targets == {
        "first_contact": ("N1", (), "received", "first_contact", Budget(600), "always"),
        "plan": ("N2", (1,), "tier", "plan", Budget(1800), "always"),
        "verification": ("N4", (2,), "received", "verification_started", Budget(7200), "always"),
        "feedback": ("N4", (2,), "received", "feedback", Budget(86400), "always"),
        "answer": ("N5", (3,), "received", "answered", Budget(working_days=3), "office"),
        "respond": ("N6", (), "requested", "responded", Budget(3600), "always"),
        "opinion": ("N6", (), "requested", "opinion", Budget(4 * 3600), "always"),
    }
    assert (policy.callbacks.confirm_solved_days, policy.callbacks.experience_days) == (3, 7)
    goals = policy.goals
    assert (goals.satisfaction, goals.resolution_rate, goals.repeat_rate, goals.nps) == (4.2, 0.95, 0.05, 40)


def test_resolution_and_the_legal_limit_are_off_and_no_clock_pauses() -> None:
    off = {target.name: target.budget for target in load().targets if not target.on}
    assert off == {"resolution": Budget(7 * 86400), "legal_limit": Budget(15 * 86400)}
    assert [target.name for target in load().targets if target.pauses_on] == []


def test_every_target_has_labels_in_both_languages_and_the_operators_has_its_term() -> None:
    for target in load().targets:
        assert target.label and target.label_zh
        assert bool(target.term) == bool(target.rule)
    assert load().labels["promised"] == ("Promised by the source", "来源承诺")


def test_a_region_may_have_its_own_zone_or_the_calendar_one_for_all() -> None:
    assert load().calendars["office"].zone is None
    one = parse(TEXT.replace('zone = "region"', 'zone = "America/New_York"'))
    assert one.calendars["office"].zone == "America/New_York"


def test_departments_work_around_the_clock_unless_the_policy_says_otherwise() -> None:
    assert load().team_hours == "office"
    assert parse(re.sub("team_hours.*", "", TEXT)).team_hours == "always"


WEEK = 'mon = ["09:00-12:00", "13:00-18:00"]'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            WEEK,
            'mon = ["12:00-09:00"]',
            "calendars.office.hours.mon.0: '12:00-09:00' ends before it begins; write the earlier time first",
        ),
        (
            WEEK,
            'mon = ["09:00-12:30", "12:00-18:00"]',
            "calendars.office: the spans of mon overlap or are out of order; list them by time",
        ),
        (
            WEEK,
            'mon = ["9-12"]',
            "calendars.office.hours.mon.0: '9-12' is not a span; write such as '09:00-12:00'",
        ),
        (
            WEEK,
            'mon = ["09:00-24:01"]',
            "calendars.office.hours.mon.0: '09:00-24:01' names a time that no day has; the last is 24:00",
        ),
        (
            'zone = "region"',
            'zone = "Asia/Beijing"',
            "calendars.office.zone: 'Asia/Beijing' is no time zone; write such as 'Asia/Shanghai'",
        ),
        (
            'starts = "received"',
            'starts = "arrived"',
            "targets.first_contact.starts: 'arrived' should be 'received', 'tier' or 'requested'",
        ),
        (
            'budget = "10m"',
            'budget = "0m"',
            "targets.first_contact.budget: '0m' is not a budget above zero and below ten years; write such "
            "as '10m', '2h', '3 working days'",
        ),
        (
            'budget = "3 working days"',
            'budget = "3d"',
            "targets.answer: '3d' in a calendar is unclear; write such as '2 working days' or '16h'",
        ),
        (
            'budget = "24h"',
            'budget = "24h"\nwarn_left = "24h"',
            "targets.feedback: 'warn_left' is as long as the budget; write a shorter time",
        ),
        (
            'budget = "24h"',
            'budget = "24h"\nwarn_left = "1h"\nwarn_share = 0.5',
            "targets.feedback: it warns by 'warn_share' or by 'warn_left'; leave one out",
        ),
        (
            'team_hours = "office"',
            'team_hours = "shop"',
            "policy: 'team_hours' is 'shop'; known are always, office",
        ),
        (
            '\nhours = "office"',
            '\nhours = "offices"',
            "policy: target 'answer' has hours 'offices'; known are always, office",
        ),
        (
            '\nhours = "office"',
            "",
            "targets.answer: a budget in working days needs a calendar in 'hours'",
        ),
        (
            'name = "plan"',
            'name = "first_contact"',
            "policy: two targets are named 'first_contact'; each has a name of its own",
        ),
        (
            'name = "plan"',
            'name = "promised"',
            "policy: 'promised' is a deadline that is no target; name the target otherwise",
        ),
        (
            'owner = "co_owner"',
            "",
            "targets.respond: 'owner' is 'co_owner' for targets that start at 'requested', else 'lead'",
        ),
        (
            'met_by = "plan"',
            'met_by = "opinion"',
            "targets.plan: a target met by 'responded' or 'opinion' starts at 'requested', and only such",
        ),
        ("tiers = [1]", "tiers = [4]", "targets.plan.tiers.0: 4 should be 1, 2 or 3"),
        (
            'met_by = "plan"',
            'met_by = "plan"\nbudjet = "1h"',
            "targets.plan.budjet: is no key of a policy; did you mean 'budget'?",
        ),
        (
            'budget = "30m"',
            "",
            "targets.plan.budget: is missing; the default policy shows how it is written",
        ),
        (
            'make_up_hours_of = "mon"',
            'make_up_hours_of = "sun"',
            "calendars.office: make-up working days have the hours of 'sun', which has none; name another "
            "weekday in 'make_up_hours_of'",
        ),
        (
            "experience_days = 7",
            "experience_days = 3",
            "callbacks: 'experience_days' comes after 'confirm_solved_days'; write a larger number",
        ),
        (
            ', call_later = "4h"',
            "",
            "callbacks: 'retry' says nothing of call_later; give each a time such as '2h'",
        ),
        (
            'after = "15m"',
            'after = "45m"',
            "policy: escalation: 'supervisor' is told no later than 'team_lead'; write a longer 'after'",
        ),
        (
            'begins = "16:00"',
            'begins = "08:00"',
            "policy: shifts 'early' and 'late' both begin at 08:00; begin one later",
        ),
        (
            'begins = "16:00"',
            'begins = "8:00"',
            "shifts.late.begins: '8:00' is no time of day; write such as '08:00'",
        ),
        (
            'name = "late"',
            'name = "early"',
            "policy: two shifts are named 'early'; each has a name of its own",
        ),
        (
            "alert_until = 0.60",
            "alert_until = 0.70",
            "risk: 'alert_until' is not below 'alert_from', so that a value around it would ring again and "
            "again; write a lower one",
        ),
        ("format = 1", "format = 2", "format: 2 is newer than 1, which this board reads"),
    ],
)
def test_a_mistake_names_its_key_and_what_would_be_right(old: str, new: str, said: str) -> None:
    assert problems((old, new)) == [said]


def test_a_calendar_without_hours_is_refused() -> None:
    days = ((f"{day} = [", f"{day} = [] # [") for day in ("mon", "tue", "wed", "thu", "fri"))
    assert problems(*days) == [
        "calendars.office: the calendar has no open hours at all; give at least one day a span"
    ]


def test_a_date_that_does_not_exist_is_named() -> None:
    (said,) = problems(("[calendars.office.overrides]", "[calendars.office.overrides]\n2026-02-30 = []"))
    assert said.startswith("calendars.office.overrides.2026-02-30: '2026-02-30' should be a valid date")


def test_all_mistakes_are_told_at_once() -> None:
    said = problems(('budget = "10m"', 'budget = "-10m"'), ("tiers = [1]", "tiers = [9]"))
    assert [one.split(":")[0] for one in said] == ["targets.first_contact.budget", "targets.plan.tiers.0"]


def test_what_is_not_toml_is_named_by_its_line() -> None:
    (said,) = problems(("format = 1", "format = "))
    assert said.startswith("syntax: ") and "line 10" in said


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read"), (b"zone = '\xff'", "is not UTF-8 text (byte 8)")]
)
def test_a_file_that_cannot_be_read_is_a_problem_and_no_crash(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    file = tmp_path / "policy.toml"
    if content is not None:
        file.write_bytes(content)
    (problem,) = check(file)
    assert (problem.where, said in problem.what) == ("file", True)


CLOSED = """[[calendars.office.override]]
region = "GD-01"
day = 2026-12-31
closed = true
reason = "Typhoon"
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("closed = true", "", "it has 'closed = true' or 'hours'; write one of them"),
        ("day = 2026-12-31", "", "name its days by 'day', or by 'from' and 'to'"),
        ("day = 2026-12-31", "from = 2026-12-31", "name its days by 'day', or by 'from' and 'to'"),
        (
            "day = 2026-12-31",
            "from = 2026-12-31\nto = 2026-12-30",
            "'to' (2026-12-30) comes before 'from' (2026-12-31); write the earlier day first",
        ),
        (
            "day = 2026-12-31",
            "from = 2026-12-31\nto = 2028-12-31",
            "from 2026-12-31 to 2028-12-31 are more than 366 days; change the weekly hours",
        ),
        (
            "closed = true",
            'hours = ["13:00-14:00", "09:00-10:00"]',
            "the spans of 2026-12-31 overlap or are out of order; list them by time",
        ),
    ],
)
def test_a_mistake_in_a_closed_day_of_a_region_is_named(old: str, new: str, said: str) -> None:
    assert CLOSED.count(old) == 1
    (found,) = problems(("[goals]", CLOSED.replace(old, new) + "[goals]"))
    assert found == f"calendars.office.override.0: {said}"


def test_a_region_has_one_override_a_day() -> None:
    later = CLOSED.replace("day = 2026-12-31", "from = 2026-12-30\nto = 2027-01-02")
    (said,) = problems(("[goals]", CLOSED + later + "[goals]"))
    assert said == "calendars.office: region 'GD-01' has two overrides for 2026-12-31; leave one"


def test_a_region_that_is_not_named_keeps_the_hours_of_all() -> None:
    calendar = parse(TEXT + CLOSED).calendars["office"]
    assert calendar.in_regions(("BJ", "BJ-01")).overrides == calendar.overrides == {}
    assert calendar.in_regions(("GD", "GD-01")).overrides == {date(2026, 12, 31): ()}
    assert calendar.in_regions(("GD", "GD-01")).reason(date(2026, 12, 31)) == "Typhoon"


def test_the_default_policy_has_no_mistake() -> None:
    assert check(DEFAULT) == []


@pytest.mark.parametrize("value", ["", "10", "1.5h", "h", "-1h", 10, None, ["1h"], "99999999999d"])
def test_a_duration_is_a_number_and_a_unit(value: object) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_seconds(value)


@pytest.mark.parametrize(("written", "seconds"), [("90s", 90), ("10m", 600), ("2 h", 7200), ("15d", 1296000)])
def test_durations_in_seconds(written: str, seconds: int) -> None:
    assert parse_seconds(written) == seconds


def test_a_policy_that_says_nothing_of_risk_has_what_the_default_policy_says() -> None:
    section = TEXT[TEXT.index("[risk]") : TEXT.index("# ----", TEXT.index("[risk]"))]
    assert parse(TEXT.replace(section, "")).risk == load().risk


def test_a_day_or_a_number_of_days_that_leads_out_of_all_calendars_is_a_mistake() -> None:
    (said,) = problems(("[calendars.office.overrides]", "[calendars.office.overrides]\n9999-12-31 = []"))
    assert said.endswith("the override of 9999-12-31 lies outside the years 1970 to 2199; write a nearer day")
    (said,) = problems(("confirm_solved_days = 3 ", "confirm_solved_days = 99999999 "))
    assert "less than or equal to 3650" in said


def test_a_policy_that_was_kept_under_the_older_names_of_forecasts_still_reads() -> None:
    before = TEXT.replace("\nforecast = 60", "\nrisk_said = 50")
    found = parse(before.replace("forecasts_an_hour = 500", "risk_said_an_hour = 200")).retention
    assert (found.forecast, found.forecasts_an_hour) == (50, 200)
    assert found.days()["forecast"] == 50
