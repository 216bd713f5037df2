"""By which formats the texts of a column are dates, found from the texts themselves."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC
from functools import lru_cache
from typing import NamedTuple

from config.source_maps.dates import EPOCH, EPOCH_MS, EXCEL, ISO
from jobs.sources.rows.date_forms import Local, parser

EARLIEST, LATEST = 1990, 2100  # years of complaints; other numbers are none
MOST_FORMS = 8  # of one column
ENOUGH = 0.8  # of the texts must be dates
CLEARLY = 3  # times as long a span: then the other order of day and month is the right one
A_DAY = re.compile(
    r"(?P<a>\d{1,4})(?P<s>[-/.年])(?P<b>\d{1,2}|[A-Za-z]{3,9}\.?)(?P<s2>[-/.月])(?P<c>\d{1,4})(?P<day>日?)"
    r"|(?P<b2>[A-Za-z]{3,9}\.?) (?P<c2>\d{1,2}),? (?P<a2>\d{4})"
    r"|(?P<c3>\d{1,2}) (?P<b3>[A-Za-z]{3,9}\.?) (?P<a3>\d{4})"
)
A_TIME = re.compile(
    r"(?P<before>\s*(?:上午|下午)\s*)?(?P<h>\d{1,2})(?P<s>[::时])(?P<m>\d{1,2})"
    r"(?:(?P<s2>[::分])(?P<sec>\d{1,2})(?P<end>秒?)(?P<f>[.]\d{1,9})?|(?P<end2>分?))"
    r"(?P<after>\s*[AaPp]\.?[Mm]\.?|\s*(?:上午|下午))?(?P<zone>\s*(?:Z|[+-]\d\d:?\d\d))?"
)
DIGITS = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
CLOCK = {
    "24": re.compile(r"\d{1,2}:\d{2}(:\d{2})?"),
    "12": re.compile(r"\d{1,2}:\d{2}(:\d{2})? ?[AaPp]\.?[Mm]\.?"),
}


class Dated(NamedTuple):
    """`forms`: formats of a map, the most used first. `share`: of the texts that they read. `others`: formats
    that read all of them too, with day and month changed; `sample`: a text that both read. `has_zone`:
    whether all texts name their offset."""

    forms: tuple[str, ...] = ()
    share: float = 0.0
    day_only: bool = False
    has_zone: bool = False
    others: tuple[str, ...] = ()
    sample: str = ""


def dated(texts: Iterable[str], is_named: bool) -> Dated:
    """`is_named`: the name of the column says that it holds instants, so that plain numbers can be some."""
    given = [unicodedata.normalize("NFKC", text).strip() for text in texts]
    if not given:
        return Dated()
    left, forms = list(given), list[str]()
    while left and len(forms) < MOST_FORMS:
        best = _best(left, is_named)
        if best is None:
            break
        forms.append(best)
        left = [text for text in left if read(best, text) is None]
    share = 1 - len(left) / len(given)
    if not forms or share < ENOUGH:
        return Dated(share=share)
    forms, others, sample = _order_of_day_and_month(forms, given)
    found = [one for text in given if (one := _by_any(forms, text))]
    days = sum(one.day_only for one in found)
    return Dated(
        tuple(forms),
        share,
        days * 2 > len(found),
        all(one.at.tzinfo is not None for one in found),
        tuple(others),
        sample,
    )


def _by_any(forms: Sequence[str], text: str) -> Local | None:
    return next((one for form in forms if (one := read(form, text))), None)


def _best(texts: list[str], is_named: bool) -> str | None:
    """The format that most of the texts may have; of several, the one by which they lie closest together."""
    often = Counter(form for text in texts for form in forms_of(text, is_named))
    if not often:
        return None
    top = often.most_common(1)[0][1]
    likely = [form for form, count in often.items() if count == top]
    if ISO in likely:
        return ISO
    return min(likely, key=lambda form: (span([form], texts), form))


def middle(forms: Sequence[str], texts: Iterable[str]) -> float:
    """Of the instants, in seconds, without regard to zones; endless where there is none."""
    found = sorted(one.at.replace(tzinfo=UTC) for text in texts if (one := _by_any(forms, text)))
    return found[len(found) // 2].timestamp() if found else float("inf")


def span(forms: Sequence[str], texts: Iterable[str]) -> float:
    """Days in which the middle nine tenths lie."""
    found = sorted(one.at.replace(tzinfo=None) for text in texts if (one := _by_any(forms, text)))
    cut = len(found) // 20
    return (found[-1 - cut] - found[cut]).total_seconds() / 86_400 if found else float("inf")


def _order_of_day_and_month(forms: list[str], texts: list[str]) -> tuple[list[str], list[str], str]:
    """The formats, those with day and month changed where they read every text too, and a text that tells no
    more than the others."""
    changed = [_changed(form) for form in forms]
    if changed == forms:
        return forms, [], ""
    if not all(_by_any(changed, text) for text in texts if _by_any(forms, text)):
        return _mixed(forms, changed, texts)
    here, there = span(forms, texts), span(changed, texts)
    if there * CLEARLY < here:
        forms, changed, here, there = changed, forms, there, here
    elif "%m/%d" in "".join(forms) and here * CLEARLY >= there:
        forms, changed = changed, forms  # the day first, as in most of the world, where nothing else tells
    different = [text for text in texts if _differs(forms, changed, text)]
    if not different or here * CLEARLY < there:
        return forms, [], ""
    return forms, changed, different[0]


def _mixed(forms: list[str], changed: list[str], texts: list[str]) -> tuple[list[str], list[str], str]:
    """A program that expects the other order has changed day and month wherever the day can be a month: then
    the dates lie clearly closer together if such texts are read the other way."""
    both = list(dict.fromkeys((*changed, *forms)))
    if span(both, texts) * CLEARLY >= span(forms, texts):
        return forms, [], ""
    return both, forms, next(text for text in texts if _differs(both, forms, text))


def _differs(forms: list[str], others: list[str], text: str) -> bool:
    here, there = _by_any(forms, text), _by_any(others, text)
    return bool(here and there and here.at != there.at)


def _changed(form: str) -> str:
    """Day and month at each other's place; only where the year is not first."""
    if form.startswith("%Y") or "%d" not in form or "%m" not in form:
        return form
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def read(form: str, text: str) -> Local | None:
    """None where the format does not fit, or the date is none of a complaint."""
    found = _read(form, text)
    return found if found and EARLIEST <= found.at.year < LATEST else None


@lru_cache(maxsize=65_536)
def _read(form: str, text: str) -> Local | None:
    return parser(form)(text)


@lru_cache(maxsize=65_536)
def forms_of(text: str, is_named: bool) -> tuple[str, ...]:
    """Every format that reads the text."""
    return tuple(form for form in dict.fromkeys(_likely(text, is_named)) if read(form, text))


def _likely(text: str, is_named: bool) -> Iterable[str]:
    if re.fullmatch(r"\d{4}-\d\d-\d\d([T ].*)?", text):
        yield ISO
    if text.isascii() and text.isdecimal() and len(text) in DIGITS and (is_named or len(text) > 10):
        yield DIGITS[len(text)]
    if is_named and re.fullmatch(r"\d{5}([.]\d+)?", text):
        yield EXCEL
    if is_named and re.fullmatch(r"\d{10}([.]\d+)?", text):
        yield EPOCH
    if is_named and re.fullmatch(r"\d{13}", text):
        yield EPOCH_MS
    day = A_DAY.match(text)
    if day is None:
        if re.fullmatch(r"\d{8}[ T_]\d{6}", text):
            yield f"%Y%m%d{text[8]}%H%M%S"
        return
    clock = _clock(text[day.end() :])
    if clock is not None:
        yield from (form + clock for form in _days(day))


def _days(day: re.Match[str]) -> list[str]:
    if day["a2"]:
        comma = "," if "," in day[0] else ""
        return [f"%b %d{comma} %Y"]
    if day["a3"]:
        return ["%d %b %Y"]
    first, second, third = day["a"], day["b"], day["c"]
    between, after = day["s"], day["s2"]
    if not second[0].isdecimal():
        year = "%Y" if len(third) == 4 else "%y"
        return [f"%d{between}%b{after}{year}{day['day']}"]
    if len(first) == 4:
        orders = [("Y", "m", "d")]
    elif len(third) == 4:
        orders = [("d", "m", "Y"), ("m", "d", "Y")]
    elif len(first) <= 2 and len(third) == 2:
        orders = [("d", "m", "y"), ("m", "d", "y"), ("y", "m", "d")]
    else:
        return []
    return [f"%{one}{between}%{two}{after}%{three}{day['day']}" for one, two, three in orders]


def _clock(text: str) -> str | None:
    """The format of what stands behind a day; None where it is no time."""
    if not text:
        return ""
    gap = re.match(r"T|\s*(?:星期|周)[一二三四五六日天]\s*|\s+[A-Za-z]{3}\s+|\s*", text)
    begin = gap[0] if gap else ""
    match = A_TIME.fullmatch(text[len(begin) :])
    if match is None:
        return None
    if len(begin.strip()) > 1:
        begin = re.sub(r"\S+", "%a", begin)
    return begin + _time(match)


def _time(match: re.Match[str]) -> str:
    before, after = match["before"] or "", match["after"] or ""
    hour = "%I" if (before or after) and int(match["h"]) in range(1, 13) else "%H"
    form = _half(before) + hour + match["s"] + "%M"
    if match["sec"]:
        form += match["s2"] + "%S" + match["end"] + (".%f" if match["f"] else "")
    else:
        form += match["end2"]
    form += _half(after)
    zone = match["zone"] or ""
    return form + zone[: len(zone) - len(zone.lstrip())] + ("%z" if zone else "")


def _half(text: str) -> str:
    """Of the day: the spaces around it stay."""
    word = text.strip()
    return text.replace(word, "%p") if word else text


def clock_form(texts: list[str]) -> str | None:
    """The format of times of a day without the day, such as 3:53:50 PM."""
    for kind, pattern in CLOCK.items():
        if all(pattern.fullmatch(text.strip()) for text in texts):
            some = texts[0].strip()
            form = ("%I" if kind == "12" else "%H") + ":%M" + (":%S" if some.count(":") == 2 else "")
            return form + ((" " if " " in some else "") + "%p" if kind == "12" else "")
    return None
