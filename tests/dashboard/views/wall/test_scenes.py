"""The scenes of the wall as HTML: over a day of work, over nothing, and where nothing can be read."""

import re
from datetime import datetime
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from config.wall import SceneName
from dashboard import theme
from dashboard.locale import Language, use
from dashboard.parts import Context, Scene
from dashboard.reads import Moment, reads
from dashboard.views.wall.scenes import SCENES
from queries.db import Scope
from queries.filters import Filters

SHANGHAI = ZoneInfo("Asia/Shanghai")
WORD = re.compile(r"[A-Za-z_]{3,}")


def context(language: Language, now: datetime | None = None) -> Context:
    use(language)
    moment = reads().moment()
    shown = Moment(moment.version, now or reads().now())
    today = shown.now.astimezone(SHANGHAI).date()
    filters = Filters(today, today, zone=SHANGHAI.key)
    return Context(Scope("wall", "wall", None), filters, shown, language, theme.DARK, SHANGHAI)


def words(drawn: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", drawn))


@pytest.mark.parametrize("scene", SCENES.values(), ids=lambda scene: str(scene.name))
def test_a_scene_has_its_figures_and_no_text_is_left_english(opened_day: None, scene: Scene) -> None:
    english = words(scene.draw(context("en")))
    chinese = words(scene.draw(context("zh")))
    use("en")
    assert "Unavailable" not in english
    assert len(re.findall(r"\d+", english)) > 20
    assert {word for word in WORD.findall(chinese) if word != "NPS"} == set()


def test_names_and_phone_numbers_stand_on_no_scene(opened_day: None, lively: Engine) -> None:
    with lively.begin() as conn:
        masked = set(conn.execute(text("SELECT DISTINCT masked_name FROM facts.customer")).scalars())
    shown = "".join(scene.draw(context("en")) for scene in SCENES.values())
    assert masked
    assert [name for name in masked if name and name in shown] == []
    assert re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", shown) == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("now", "No data from any source yet."),
        ("where", "The backlog is empty."),
        ("blocking", "No co-owner request is open."),
        ("flow", "No data yet"),
        ("customers", "Every callback that was due is made"),
        ("alerts", "Every open alert is acknowledged"),
    ],
)
def test_with_nothing_in_the_database_a_scene_says_so(opened: None, name: SceneName, sentence: str) -> None:
    assert sentence in words(SCENES[name].draw(context("en")))


@pytest.mark.parametrize("scene", SCENES.values(), ids=lambda scene: str(scene.name))
def test_a_scene_says_what_cannot_be_read(opened: None, engine: Engine, scene: Scene) -> None:
    ctx = context("en")
    with engine.begin() as conn:
        for schema in ("derived", "journal"):
            conn.exec_driver_sql(f"ALTER SCHEMA {schema} RENAME TO {schema}_elsewhere")
    assert "Unavailable" in words(scene.draw(ctx))
