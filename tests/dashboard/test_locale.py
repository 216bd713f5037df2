import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError

import dashboard
from dashboard.locale import (
    CATALOGUES,
    _,
    catalogue,
    choose,
    compiled,
    messages,
    ngettext,
    pgettext,
    use,
)
from dashboard.locale.shown import duration, number, percent

HOME = Path(dashboard.__file__).parent
FILES = sorted(CATALOGUES["zh"].glob("*.po"))
LINE = re.compile(r'(msg(ctxt|id|id_plural|str|str\[0\]) )?".*"')
ARGUMENTS = {"_": 1, "ngettext": 2, "pgettext": 2}  # that are texts of the catalogue


class Text(NamedTuple):
    context: str | None
    one: str
    many: str | None = None


def _calls() -> Iterator[tuple[str, ast.Call]]:
    """Where a text is asked for, also inside f-strings."""
    for file in HOME.rglob("*.py"):
        if file.parent.name == "locale" and file.stem == "__init__":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ARGUMENTS:
                yield f"{file.relative_to(HOME)}:{node.lineno}", node


def _asked() -> set[Text]:
    found = set()
    for where, call in _calls():
        assert isinstance(call.func, ast.Name)
        texts = call.args[: ARGUMENTS[call.func.id]]
        assert all(isinstance(one, ast.Constant) for one in texts), f"{where}: only a literal can be found"
        first, *rest = (str(one.value) for one in texts if isinstance(one, ast.Constant))
        found.add(
            Text(first, rest[0])
            if call.func.id == "pgettext"
            else Text(None, first, rest[0] if rest else None)
        )
    return found


def _text(message: Message) -> Text:
    one, many = message.id if isinstance(message.id, tuple) else (message.id, None)
    return Text(message.context, one, many)


def _entries(files: list[Path] = FILES) -> Iterator[tuple[Text, tuple[str, ...]]]:
    """Each with all forms of its translation."""
    for message in chain.from_iterable(map(messages, files)):
        given = message.string
        yield _text(message), tuple(given) if isinstance(given, tuple | list) else (given,)


def _placeholders(text: str) -> Counter[str]:
    return Counter(name for _literal, name, _spec, _how in Formatter().parse(text) if name is not None)


def test_every_text_of_the_pages_is_there_in_chinese() -> None:
    """A plural is there with its plural."""
    missing = _asked() - {text for text, forms in _entries() if all(forms)}
    assert not missing, f"add these to a file in {CATALOGUES['zh']}"


def test_no_entry_is_dead_or_fuzzy() -> None:
    asked = _asked()
    assert [text for text, _forms in _entries() if text not in asked] == []
    assert [one.id for one in chain.from_iterable(map(messages, FILES)) if one.fuzzy] == []
    assert [file.name for file in FILES if "\n#~" in file.read_text("utf-8")] == []


def test_no_text_has_two_translations() -> None:
    """The files are one catalogue: the second would win on every page. A context tells meanings apart."""
    found: defaultdict[Text, set[tuple[str, ...]]] = defaultdict(set)
    for text, forms in _entries():
        found[text].add(forms)
    assert {text: forms for text, forms in found.items() if len(forms) > 1} == {}


def test_every_placeholder_survives_translation() -> None:
    """By name and as often: {n} that became {m} would fail on the Chinese pages only."""
    wrong = [
        (text, form)
        for text, forms in _entries()
        for form in forms
        if _placeholders(form) != _placeholders(text.many or text.one)
    ]
    assert wrong == []


def test_english_plurals_ask_for_nothing_that_the_plural_does_not_have() -> None:
    assert [one for one in _asked() if one.many and _placeholders(one.one) - _placeholders(one.many)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_catalogue_files_are_well_formed_and_tell_their_plural_forms(file: Path) -> None:
    """Entries that run into one another would be lost; Chinese has one form, which is given."""
    text = file.read_text("utf-8")
    assert '"Plural-Forms: nplurals=1; plural=0;\\n"' in text
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert len(list(messages(file))) == f"\n{text}".count("\nmsgid ") - 1  # the header
    assert [text for text, forms in _entries([file]) if len(forms) != 1 or not forms[0]] == []


def _file(folder: Path, text: str) -> Path:
    file = folder / "zh_CN" / "LC_MESSAGES" / "some.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_plural_fuzzy_continued_and_contexts_are_read(tmp_path: Path) -> None:
    po = 'msgid ""\nmsgstr "Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    po += 'msgid ""\n"a "\n"b"\nmsgstr "甲"\n\n#, fuzzy\nmsgid "c"\nmsgstr "丙"\n\nmsgid "d"\nmsgstr ""\n\n'
    po += 'msgid "{n} x"\nmsgid_plural "{n} xs"\nmsgstr[0] "{n} 个"\n\n'
    po += 'msgctxt "filter"\nmsgid "From"\nmsgstr "开始日期"\n\nmsgid "From"\nmsgstr "自"\n'
    read = compiled(messages(_file(tmp_path, po)))
    assert [read.gettext(one) for one in ("a b", "c", "d", "From")] == ["甲", "c", "d", "自"]
    assert [read.ngettext("{n} x", "{n} xs", n) for n in (1, 2)] == ["{n} 个", "{n} 个"]
    assert (read.pgettext("filter", "From"), read.pgettext("else", "From")) == ("开始日期", "From")


def test_a_malformed_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PoFileError):
        list(messages(_file(tmp_path, 'msgid "a"\nnothing\n')))


def test_one_word_is_another_one_elsewhere() -> None:
    use("zh")
    words = (pgettext("filter", "From"), pgettext("milestone", "From"), _("From"))
    use("en")
    assert words == ("开始日期", "起算环节", "自")
    assert pgettext("filter", "From") == "From"
    assert catalogue("en").gettext("From") == "From"


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
