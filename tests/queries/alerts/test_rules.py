"""The contract of alert rules: what every one of RULES gives, and what a made-up one needs to work."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from config.settings import Settings
from dashboard.locale import use
from dashboard.views.alerts import rule as shown
from jobs import sweep
from jobs.alerts import templates
from jobs.work import Work
from queries.alerts import rules
from queries.alerts.rule import NO_COMPLAINT, Alert, Rule, Texts, end, find
from queries.alerts.rules import RULES
from queries.intake.facts import Customer
from tests.build import MONDAY, at, complaint, organisation, rows, settle

CHINESE = re.compile("[\u4e00-\u9fff]")
NAME, PHONE, BODY = "欧阳春花", "13912345678", "Body-hush"
ANY = Alert(
    alert_id=1, rule="", subject="any:7", level="warning", occurrence=1, crossed_at=at(0), decided_at=at(0),
    found_late=False, complaint_id=7, external_id="A", target="feedback", tier=2, department=None,
    region=None, reason={"p": 0.92, "k": 633, "n": 700, "similar": "tier"},
)  # fmt: skip
LABELS = {"feedback": ("Progress feedback", "反馈进展")}
each = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def _some_life(conn: Connection) -> None:
    """A complaint past its first due time, of a customer whom no message may name."""
    organisation(conn)
    batch = complaint("A", tier=1)
    told = batch.complaints[0]._replace(title=BODY, body=BODY, customer="K")
    settle(conn, replace(batch, complaints=[told], customers=[Customer("K", NAME, PHONE, BODY)]))


def test_every_file_of_the_folder_is_one_rule_of_its_own_name() -> None:
    files = {file.stem for file in Path(rules.__file__).parent.glob("*.py")} - {"__init__"}
    assert sorted(rule.name for rule in RULES) == sorted(files)


@each
def test_a_rule_is_named_in_both_languages_on_pages_and_in_messages(rule: Rule) -> None:
    use("zh")
    in_chinese = shown(rule.name)
    use("en")
    assert (shown(rule.name), in_chinese) == (rule.label.en, rule.label.zh)
    assert CHINESE.search(rule.label.zh) and rule.label.en.isascii()
    said = templates.message(replace(ANY, rule=rule.name, level=rule.levels[0]), LABELS)
    assert CHINESE.search(said["title_zh"]) and not CHINESE.search(said["title"])
    assert "{" not in said["title"] + said["title_zh"]
    assert said["path"].startswith("/")


@each
def test_a_rule_notifies_of_levels_that_it_has_and_knows_how_its_alerts_end(rule: Rule) -> None:
    assert set(rule.notify_levels) <= set(rule.levels)
    is_settled = "'deadline:" in rule.find or "'callback:" in rule.find
    assert rule.end is not None or is_settled


@each
def test_a_rule_runs_on_an_empty_database_and_on_a_filled_one(rule: Rule, conn: Connection) -> None:
    assert find(conn, rule, MONDAY) == (0, [])
    assert end(conn, rule, MONDAY) == 0
    _some_life(conn)
    for alert in find(conn, rule, at(1)).alerts:
        assert alert.level in rule.levels
        said = str(templates.message(alert, LABELS))
        assert [word for word in (NAME, PHONE, PHONE[-4:], BODY) if word in said] == []
    end(conn, rule, at(1))


@each
def test_a_hit_is_raised_once_and_ends(rule: Rule, conn: Connection) -> None:
    """Whatever finds it: here the made-up subject of a source that is silent, under the rule's own name."""
    over = str(MADE_UP.end).replace("'made_up'", f"'{rule.name}'")
    hit = replace(rule, waiting=None, find=MADE_UP.find, end=over)
    conn.exec_driver_sql("CREATE TABLE made_up (gone boolean); INSERT INTO made_up VALUES (false)")
    assert [one.rule for one in find(conn, hit, at(1)).alerts] == [rule.name]
    assert find(conn, hit, at(1)).alerts == []
    conn.exec_driver_sql("UPDATE made_up SET gone = true")
    assert end(conn, hit, at(2)) == 1
    assert rows(conn, "SELECT rule, ended_at FROM journal.alert") == [(rule.name, at(2))]


# What the README asks of a new rule: this object in a file, and its line in RULES.
MADE_UP = Rule(
    name="made_up",
    label=Texts("made up", "虚构"),
    title=Texts("Made up: {subject}", "虚构：{subject}"),
    levels=("critical",),
    notify_levels=("critical",),
    repeats="when over",
    find="""
found AS (
    SELECT 'thing:one' AS subject, 'critical' AS level, CAST(:now AS timestamptz) AS at,
           '{}'::jsonb AS reason, """
    + NO_COMPLAINT
    + """ FROM made_up WHERE NOT gone)""",
    end="UPDATE journal.alert a SET ended_at = :now FROM made_up WHERE a.ended_at IS NULL AND gone "
    "AND a.rule = 'made_up'",
)


def test_the_recipe_of_the_readme_makes_a_rule_that_works(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "RULES", (*RULES, MADE_UP))
    with engine.begin() as conn:
        _some_life(conn)
        conn.exec_driver_sql("CREATE TABLE made_up (gone boolean); INSERT INTO made_up VALUES (false)")

    def look(now: datetime) -> list[tuple[object, ...]]:
        settings = Settings(webhook_url="http://127.0.0.1:9/", public_url="https://board.example/")
        sweep.run(Work(engine, settings, "t", now, lambda: None, dict))
        with engine.begin() as conn:
            return rows(
                conn, "SELECT occurrence, ended_at FROM journal.alert WHERE rule = 'made_up' ORDER BY 1"
            )

    assert look(at(minutes=20)) == [(1, None)]
    assert look(at(minutes=21)) == [(1, None)]
    with engine.begin() as conn:
        told = rows(
            conn,
            "SELECT message ->> 'title', message ->> 'title_zh', message ->> 'url' FROM journal.delivery "
            "JOIN journal.alert USING (alert_id) WHERE rule = 'made_up'",
        )
        assert rows(conn, "SELECT count(*) > 0 FROM journal.alert WHERE rule = 'breached'") == [(True,)]
        conn.exec_driver_sql("UPDATE made_up SET gone = true")
    assert told == [("Made up: one", "虚构：one", "https://board.example/jobs")]
    assert look(at(minutes=22)) == [(1, at(minutes=22))]
    with engine.begin() as conn:
        conn.exec_driver_sql("UPDATE made_up SET gone = false")
    assert look(at(minutes=23)) == [(1, at(minutes=22)), (2, None)]
    assert shown("made_up") == "made up"


def test_the_alerts_of_a_rule_that_is_gone_are_still_listed() -> None:
    assert shown("rule_of_old") == "rule of old"
