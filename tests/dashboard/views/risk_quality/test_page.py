"""The page says what was measured, and says so where nothing was."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError
from streamlit.testing.v1 import AppTest

from config.settings import settings
from dashboard import reads
from dashboard.locale import use
from dashboard.pages import PAGES
from queries.intake.replay import start_clock
from queries.risk.forecast_log import record
from queries.risk.learning import learn_again
from queries.risk.refresh import refresh_risk
from queries.risk.runs import in_force, runs
from tests.build import at, complaint, organisation, settle
from tests.dashboard.page_runs import run
from tests.queries.risk.weeks import NOW, kinds, numbers, week

PAGE, RISK = (next(page for page in PAGES if page.name == name) for name in ("risk_quality", "risk"))


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Of the board that has learned, where the test asks for it."""
    chosen = "learned_pool" if "learned" in request.fixturenames else "pool"
    with request.getfixturevalue(chosen).lend() as url:
        yield url


@pytest.fixture
def opened(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    reads.connect(engine)
    with engine.connect() as conn:
        organisation(conn)
        start_clock(conn, NOW, 0.001)
        conn.commit()
        yield conn
    settings.cache_clear()
    use("en")


@pytest.fixture
def learned(opened: Connection) -> Connection:
    return opened


def words(app: AppTest) -> str:
    assert not app.exception
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", " ".join(one.proto.body for one in app.get("html"))))


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("en", r"Of (\d+) deadlines predicted to breach with (\d+)–(\d+) %, (\d+) did\."),
        ("zh", r"预测超时风险为 (\d+)–(\d+)% 的时限，每 (\d+) 项中实际超时 (\d+) 项。"),
    ],
)
def test_it_begins_with_what_became_of_the_forecasts(learned: Connection, lang: str, sentence: str) -> None:
    shown = words(run(PAGE, lang=lang))
    found = re.search(sentence, shown)
    assert found is not None
    of, low, high, came = map(
        int, found.groups() if lang == "en" else [found[3], found[1], found[2], found[4]]
    )
    standing = in_force(learned)
    assert standing is not None
    assert standing.quality is not None
    (tenth,) = [one for one in standing.quality.tenths if min(int(10 * one.predicted), 9) * 10 == low]
    assert (high - low, tenth.questions >= 30) == (10, True)
    assert came == round(of * tenth.breached / tenth.questions)
    assert f"{standing.quality.ways[0].auc:.3f}" in shown


@pytest.mark.parametrize(
    ("lang", "said", "night", "evidence"),
    [
        (
            "en",
            r"Shown now is the late rate of the same target.*\(AUC 1\.000 against 0\.\d{3}",
            "✓ in force · late rate instead of curves",
            "40 of 40, late rate of target and category",
        ),
        (
            "zh",
            r"目前显示的是同一时限类型和类别的历史超时率.*AUC 1\.000，曲线 0\.\d{3}",
            "✓ 现用 · 以历史超时率代替曲线",
            "同一时限类型和类别的历史超时率",
        ),
    ],
)
def test_where_the_late_rate_is_shown_the_pages_say_so(
    opened: Connection, lang: str, said: str, night: str, evidence: str
) -> None:
    kinds(opened, 120)
    learn_again(opened, NOW)
    settle(opened, complaint("A", NOW, category="hard"))
    refresh_risk(opened, NOW)
    opened.commit()
    shown = words(run(PAGE, lang=lang))
    assert re.search(said, shown)
    assert night in shown
    assert evidence in words(run(RISK, lang=lang))


def test_groups_that_are_too_small_or_all_alike_say_so(opened: Connection) -> None:
    week(opened)
    settle(opened, complaint("T", at(days=6), ("first_contact", at(days=6, minutes=1), None), tier=1))
    learn_again(opened, NOW)
    opened.commit()
    shown = words(run(PAGE, lang="en"))
    assert re.search(r"1 urgent [\d, ]+ too few", shown)
    assert re.search(r"Verification [\d, ]+ one outcome only", shown)


def test_before_anything_is_learned_it_says_what_it_waits_for(opened: Connection) -> None:
    shown = words(run(PAGE, lang="en"))
    assert "Nothing learned yet: it takes 30 settled deadlines and one night" in shown
    assert "No forecast is stored yet" in shown
    assert "deadlines predicted to breach" not in shown


def test_numbers_that_are_not_due_yet_say_when_they_come_due(opened: Connection) -> None:
    settle(opened, complaint("A", NOW))
    numbers(opened)
    record(opened, NOW)
    opened.commit()
    assert "Forecasts are stored since 03-09 11:00; the next are due from 03-09 11:11." in words(
        run(PAGE, lang="en")
    )


def test_a_run_of_an_earlier_version_still_shows(learned: Connection) -> None:
    learned.execute(text("UPDATE journal.risk_curve SET scores = scores - 'quality'"))
    learned.commit()
    shown = words(run(PAGE, lang="en"))
    assert "The forecasts in force are not measured yet" in shown
    (then,) = runs(learned)
    assert f"{then.brier:.4f}" in shown
    assert "✓ in force" in shown


def test_what_was_kept_aside_stands_with_its_reason(learned: Connection) -> None:
    learned.execute(
        text(
            "INSERT INTO journal.risk_curve (learned_at, curves, learned_from, scores) "
            "SELECT learned_at + interval '1 d', curves, 999, jsonb_build_object('questions', 77, 'trial', "
            "jsonb_build_object('auc', 0.7, 'brier', 0.21), 'in_force', "
            "jsonb_build_object('auc', null, 'brier', 0.2)) FROM journal.risk_curve"
        )
    )
    learned.commit()
    assert [(one.is_kept_aside, one.auc_before) for one in runs(learned)] == [(True, None), (False, None)]
    shown = words(run(PAGE, lang="en"))
    assert "▲ set aside: Brier 0.0100 worse than in force, 0.005 allowed" in shown
    assert "✓ in force" in shown


@pytest.mark.parametrize(
    ("p", "word"), [(0.25, "as predicted"), (0.9, "points too high"), (0.01, "points too low")]
)
def test_numbers_that_are_off_are_warned_of(learned: Connection, p: float, word: str) -> None:
    """A quarter of the first contacts are late, more in Billing."""
    learned.execute(
        text(
            "INSERT INTO journal.forecast SELECT started_at, complaint_id, target, 0, 1, started_at, "
            "due_at, :p, 15, 30, 'target', tier, department_id, region_id, 1 FROM derived.deadline "
            "WHERE target = 'first_contact' AND started_at > :since AND due_at < :now "
            "AND department_id = (SELECT department_id FROM facts.department WHERE code = 'NET')"
        ),
        {"p": p, "since": NOW - timedelta(days=6), "now": NOW},
    )
    learned.commit()
    shown = words(run(PAGE, lang="en"))
    assert word in shown
    assert ("▲ In the last 7 days" in shown) == (p != 0.25)


def test_what_cannot_be_read_is_unavailable_and_never_nothing(learned: Connection, engine: Engine) -> None:
    learned.execute(text("ALTER TABLE journal.risk_curve RENAME TO gone"))
    learned.execute(text("ALTER TABLE journal.forecast RENAME TO also_gone"))
    learned.commit()
    with pytest.raises(ProgrammingError):
        runs(learned)
    shown = words(run(PAGE, lang="en"))
    assert shown.count("This could not be read.") == 6
    assert "Nothing learned" not in shown


def test_live_risk_leads_to_it(learned: Connection) -> None:
    app = run(RISK, lang="en")
    assert not app.exception
    assert 'href="/risk_quality?' in " ".join(one.proto.body for one in app.get("html"))
