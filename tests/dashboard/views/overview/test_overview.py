"""The overview of the regions: its order, its sentence, and the page over a day of work."""

import re

import pytest

from config.policy import Goals
from dashboard.app import PAGES
from dashboard.controls.names import Names
from dashboard.locale import use
from dashboard.pages import HOMES
from dashboard.views.overview.page import points, sentence
from dashboard.views.overview.rows import SORTS, Row, ordered
from queries.pages.overview import ExpectedLate, Held, Met
from queries.pages.satisfaction import Mean
from tests.dashboard.page_runs import html, run

PAGE = next(page for page in PAGES if page.name == "overview")
GOALS = Goals(satisfaction=4.2, resolution_rate=0.95, repeat_rate=0.05, nps=40)
NAMES = Names({1: "Guangdong", 2: "<Beijing>", 3: "Fujian"}, {}, {}, {}, {1: "GD", 2: "BJ", 3: "FJ"}, {})


def row(region: int, moved: float | None = None, mean: Mean | None = None, opened: int = 1) -> Row:
    met = Met(region, 100, 10)
    late = ExpectedLate(region, 1.5, 3, 0)
    return Row(region, opened, late, met, Met(region, 100, 5), moved, None, mean, Held(region, 40, 1))


@pytest.fixture(autouse=True)
def english() -> None:
    use("en")


def test_what_asks_for_somebody_stands_first_and_what_is_not_known_last() -> None:
    rows = [row(1, moved=2.0), row(2, moved=-4.0, opened=9), row(3)]
    assert [one.region_id for one in ordered(rows, "moved")] == [2, 1, 3]
    assert [one.region_id for one in ordered(rows, "open")] == [2, 1, 3]
    for by in SORTS:
        assert len(ordered(rows, by)) == 3


def test_the_sentence_names_who_became_worse_beyond_chance_and_escapes_it() -> None:
    found = sentence(NAMES, [row(1), row(2, moved=-3.5)], GOALS)
    assert found == (
        "<b>&lt;Beijing&gt;</b>: fewer deadlines are met in time than in the period before, beyond chance."
    )
    low = Mean(4.0, 0.1, 50)
    assert "<b>Fujian</b>: satisfaction is surely below the goal of 4.2." in sentence(
        NAMES, [row(3, mean=low)], GOALS
    )
    unsure, few = Mean(4.0, 0.3, 50), Mean(3.0, 0.1, 20)
    nothing = "No region became worse beyond chance."
    assert sentence(NAMES, [row(1, moved=-2.9), row(2, mean=unsure), row(3, mean=few)], GOALS) == nothing


def test_the_change_is_in_points() -> None:
    assert points(row(1)) == pytest.approx(-5)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_each_region_with_links_to_its_numbers(opened_day: None, language: str) -> None:
    app = run(PAGE, person="supervisor", lang=language, period="30d")
    assert not app.exception
    drawn = html(app)
    assert drawn.count("<tr><td>") > 10
    assert re.search(r'href="/backlog\?[^"]*list=open[^"]*region=', drawn)
    assert re.search(r'href="/overview\?[^"]*sort=met', drawn)


def test_each_role_begins_with_its_own_page() -> None:
    names = {page.name: page for page in PAGES}
    assert {role in names[home].roles for role, home in HOMES.items()} == {True}
