import ast
from pathlib import Path

import pytest

import dashboard
from dashboard.locale import CATALOGUES, _, catalogue, choose, entries, ngettext, use
from dashboard.locale.shown import duration, number, percent

HOME = Path(dashboard.__file__).parent


def _sources() -> set[str]:
    """What is asked of `_` and `ngettext`, also inside f-strings."""
    return {
        str(node.args[0].value)
        for file in HOME.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("_", "ngettext")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def test_every_text_of_the_pages_is_there_in_chinese() -> None:
    missing = sorted(_sources() - set(catalogue("zh")))
    assert not missing, f"add these to a file in {CATALOGUES['zh']}: {missing}"


def test_every_placeholder_survives_translation() -> None:
    for source, chinese in catalogue("zh").items():
        assert source.count("{") == chinese.count("{"), (source, chinese)


def test_catalogue_files_are_well_formed() -> None:
    for file in CATALOGUES["zh"].glob("*.po"):
        text = file.read_text("utf-8")
        assert len(list(entries(text))) == f"\n{text}".count("\nmsgid "), (
            f"{file.name}: an empty line between entries"
        )


def test_plural_fuzzy_and_continued_entries_are_read() -> None:
    po = 'msgid ""\n"a "\n"b"\nmsgstr "甲"\n\n#, fuzzy\nmsgid "c"\nmsgstr "丙"\n\n'
    po += 'msgid "{n} x"\nmsgid_plural "{n} xs"\nmsgstr[0] "{n} 个"\n'
    assert list(entries(po)) == [("a b", "甲"), ("{n} x", "{n} 个")]


@pytest.mark.parametrize(
    ("asked", "browser", "language"),
    [
        (None, "zh-CN", "zh"),
        (None, "de-DE", "en"),
        ("zh", "en-US", "zh"),
        ("en", "zh-CN", "en"),
        (None, None, "en"),
    ],
)
def test_the_url_wins_over_the_browser(asked: str | None, browser: str | None, language: str) -> None:
    assert choose(asked, browser) == language


def test_one_and_many() -> None:
    use("en")
    assert ngettext("{n} row", "{n} rows", 1) == "{n} row"
    assert ngettext("{n} row", "{n} rows", 2) == "{n} rows"


def test_durations_keep_two_units_and_numbers_their_unit() -> None:
    use("en")
    shown = [duration(s) for s in (0.4, 59, 61, 3_900, 93_600, -7_260, None)]
    assert shown == ["0 s", "59 s", "1 min", "1 h 05 min", "1 d 2 h", "−2 h 01 min", "–"]
    assert (number(1234567.8), percent(0.987, 1), percent(None)) == ("1,234,568", "98.7 %", "–")
    use("zh")
    assert (duration(3_900), _("Wall")) == ("1 小时 05 分", "大屏")
    use("en")
