"""Reading a text: negation, borders of words, and texts that want to do harm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import lexicon
from queries.texts.signals import NOTHING, Trigger, full_text, read

LEXICON = lexicon.load()


def groups(text: str) -> list[str]:
    return [one.group for one in read(text, LEXICON).triggers]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("楼道线路裸露,存在安全隐患", ["safety", "safety"]),
        ("没有安全隐患", []),
        ("师傅说不存在什么安全隐患", []),
        ("这个不安全", ["safety"]),
        ("再不解决就去工信部", ["regulator"]),
        ("不解决我就打12315", ["regulator"]),
        ("我不是要去工信部", []),
        ("工信部规定不得设障", []),
        ("信 号 差, 工 信 部 见", ["regulator"]),
        ("工\u200b信\u200b部见", ["regulator"]),
        ("１２３１５见", ["regulator"]),
        ("取消协议以后还扣费", []),
        ("手机号13812315000", []),
        ("This pole is unsafe", ["safety"]),
        ("It is not unsafe", []),
        ("I will file with the FCC", ["regulator"]),
        ("the new FCC rules", []),
        ("老子今天砸了你们", ["emotion", "emotion"]),
    ],
)
def test_a_trigger_is_a_whole_word_that_is_not_negated(text: str, found: list[str]) -> None:
    assert groups(text) == found


def test_the_words_that_triggered_are_kept_each_once() -> None:
    found = read("12315! 我打12315。还要曝光", LEXICON).triggers
    assert found == (Trigger("regulator", "12315"), Trigger("regulator", "曝光"))


@pytest.mark.parametrize(
    ("text", "issue"),
    [
        ("宽带网速太慢", "speed"),
        ("Slow internet speeds", "speed"),
        ("I was OVERCHARGED on my bill", "charges"),
        ("Bait & switch!", "plan"),
        ("Comcast", None),
        ("携号转网被拒", "porting"),
    ],
)
def test_the_key_issue_is_the_one_with_most_points(text: str, issue: str | None) -> None:
    assert read(text, LEXICON).key_issue == issue


def test_sentiment_is_turned_round_by_a_negation_and_made_stronger_by_very() -> None:
    def feels(text: str) -> float:
        found = read(text, LEXICON).sentiment
        assert found is not None
        return found

    assert feels("满意") > 0 > feels("不满意")
    assert feels("service was good") > 0 > feels("service was not good")
    assert feels("没有欺骗") > 0 > feels("欺骗")
    assert feels("非常危险") < feels("危险") < 0
    assert feels("请问营业时间") == 0
    assert -1 <= feels("骗子" + "垃圾 无耻 恶劣 气愤 " * 50) <= 1


def test_no_text_has_no_sentiment_and_a_body_that_repeats_its_title_says_it_once() -> None:
    assert read("", LEXICON) == read("\u200b \x00\n", LEXICON) == NOTHING
    assert full_text("断网", "断网了") == "断网了"
    assert full_text("断网", None) == "断网\n"
    assert full_text(None, "x") == "x"


def test_the_end_of_a_very_long_text_is_read_and_its_middle_is_not() -> None:
    filler = "请帮忙看看。" * 2_000
    assert groups(filler + "不然就去工信部") == ["regulator"]
    assert groups(filler + "去工信部" + filler) == []


@pytest.mark.parametrize(
    "part",
    [
        "a",
        "安",
        "安a",
        "!",
        "\ufdfa",
        "\u200b",
        "安 ",
        "👨‍👩‍👧",
        "'",
        "not ",
        "a&",
        "e\u0301",
        "\ud800",
        "12315",
    ],
)
def test_a_million_of_anything_is_read(part: str) -> None:
    """Bounded: a text is cut before anything is done with it."""
    assert len(read(part * 1_000_000, LEXICON).triggers) <= 8


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_no_text_makes_it_fail(text: str) -> None:
    found = read(text, LEXICON)
    assert found.sentiment is None or -1 <= found.sentiment <= 1
