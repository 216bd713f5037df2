"""Every tile of every page says what it counts."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from config.policy import load
from dashboard.app import PAGES
from dashboard.controls.indicator import goal, meaning, meets, name
from dashboard.locale import Language, use
from dashboard.parts import Page
from queries.indicators import BY_CODE, INDICATORS
from tests.dashboard.demo_day import query_of
from tests.dashboard.page_runs import run

TILE = re.compile(r'<(?:a|div) class="tile [^"]*"[^>]*><div class="label"(?: title="([^"]*)")?>([^<]*)')
WITHOUT_NUMBERS = {
    "complaint",
    "people",
    "imports",
    "new_complaint",
    "data_health",
    "organisation",
}  # facts of one complaint or file in tiles; lists


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    use("en")


def tiles_of(app: AppTest) -> list[tuple[str, str]]:
    """(label, meaning) of each."""
    html = " ".join(str(one.proto.body) for one in app.get("html"))
    return [(unescape(label), unescape(means)) for means, label in TILE.findall(html)]


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in WITHOUT_NUMBERS],
                         ids=lambda page: str(page.name))  # fmt: skip
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_tile_has_its_definition(
    opened_day: None,
    lively: Engine,
    page: Page,
    language: Language,
) -> None:
    found = tiles_of(run(page, lang=language, **query_of(page, lively)))
    use(language)
    sentences = {one.means_zh if language == "zh" else one.means_en for one in INDICATORS}
    assert found
    undefined = [label for label, means in found if not any(means.startswith(one) for one in sentences)]
    assert undefined == []


def test_a_meaning_tells_its_rule_its_goal_and_how_long_it_is_provisional() -> None:
    use("en")
    assert meaning("resolution_rate", load().goals) == (
        "Of the complaints that were resolved in the period and not merged into another, those that were not "
        "re-opened within 30 days. "
        "Unit: %. Rule: N9. Goal: ≥ 95 %. Provisional for 30 days after the period."
    )
    use("zh")
    assert meaning("nps", load().goals).endswith("单位：−100–100。依据：N9。目标：≥ 40。")


def test_a_goal_is_met_from_its_own_side() -> None:
    goals = load().goals
    resolution, repeats = BY_CODE["resolution_rate"], BY_CODE["repeat_rate"]
    assert [meets(resolution, share, goals) for share in (0.95, 0.94, None)] == ["good", "warn", ""]
    assert [meets(repeats, share, goals) for share in (0.05, 0.06, None)] == ["good", "warn", ""]
    assert (goal(repeats, goals), goal(BY_CODE["mean_satisfaction"], goals)) == ("≤ 5 %", "≥ 4.2")


def test_a_name_is_filled_in_where_it_is_shown() -> None:
    use("en")
    assert name("expected_shift", time="16:00") == "Expected breaches until the shift ends, 16:00"
