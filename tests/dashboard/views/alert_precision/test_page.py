"""The page of alert precision over a handful of alerts."""

from sqlalchemy import Engine

from dashboard.pages import PAGES
from tests.dashboard.page_runs import run

PAGE = next(page for page in PAGES if page.name == "alert_precision")
# Forty complaints of Guangdong, due an hour ago; each fifth was met half an hour before. All were predicted.
ALERTS = """
INSERT INTO facts.complaint (complaint_id, source, external_id, received_at, region_id, tier)
SELECT n, 'test', 'C' || n, now() - interval '1 day', 1, 2 FROM generate_series(1, 40) n;
INSERT INTO derived.deadline (complaint_id, target, party_id, episode, started_at, due_at, met_at,
                              policy_version, tier, region_id)
SELECT n, 'feedback', 0, 1, now() - interval '1 day', now() - interval '1 h',
       CASE WHEN mod(n, 5) = 0 THEN now() - interval '90 min' END, 1, 2, 1 FROM generate_series(1, 40) n;
INSERT INTO journal.alert (rule, subject, level, decided_at, crossed_at, reason, complaint_id, target,
                           party_id, episode, tier, region_id)
SELECT rule, 'deadline:' || n, 'warning', now() - before, now() - before, '{"p": 0.9, "k": 9, "n": 10}', n,
       'feedback', 0, 1, 2, 1
FROM generate_series(1, 40) n
CROSS JOIN (VALUES ('likely_breach', interval '2 h'), ('breached', interval '1 h')) r(rule, before)
WHERE rule <> 'breached' OR mod(n, 5) <> 0;
"""


def shown(**query: str) -> str:
    app = run(PAGE, lang="en", person="supervisor", **query)
    assert not app.exception
    return " ".join(str(one.proto.body) for one in app.get("html"))


def test_the_page_shows_shares_with_their_interval_and_each_number_leads_to_its_list(
    opened: None, engine: Engine
) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql(ALERTS)
    page = shown()
    assert "80 %" in page  # 32 of 40 came true
    assert "65–90 %" in page
    assert "32 of 32" in page  # every breach was predicted
    assert "rule=likely_breach&amp;outcome=untouched" in page


def test_a_list_holds_the_rows_behind_its_number(opened: None, engine: Engine) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql(ALERTS)
    listed = shown(list="alerts", rule="likely_breach", outcome="untouched")
    assert "all 8" in listed
    assert "90 % · 9 of 10" in listed
    missed = shown(list="breaches", rule="at_risk", warned="no")
    assert "all 32" in missed


def test_without_an_alert_the_page_says_when_they_are_raised(opened: None) -> None:
    assert "imported history raises none" in shown()
