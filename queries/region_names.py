"""Names of regions as sources write them: 广东, 广东省 and Guangdong are one."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple, Protocol
from unicodedata import normalize

# What a full name has and a short one has not, the longest first.
ENDINGS = (
    "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "自治州", "自治县", "特别行政区",
    "地区", "新区", "林区", "省", "市", "盟", "州", "区", "县",
)  # fmt: skip
PEOPLES = (
    "哈萨克", "柯尔克孜", "土家族", "苗族", "侗族", "布依族", "藏族", "羌族", "彝族", "傣族",
    "景颇族", "白族", "哈尼族", "壮族", "回族", "朝鲜族", "蒙古族", "蒙古", "傈僳族", "黎族",
)  # fmt: skip
OF_PEOPLES = re.compile("(?:" + "|".join(PEOPLES) + ")+$")
ENGLISH = re.compile(r"\b(?:province|city|municipality|prefecture|district|autonomous|region|sheng|shi)\b")


class Named(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def name_en(self) -> str: ...
    @property
    def name_zh(self) -> str: ...


class Place(NamedTuple):
    code: str
    parent: str | None  # None: a province
    is_district: bool


def plain(name: str) -> str:
    """Without width, case, blanks and the words that English names carry."""
    text = normalize("NFKC", name).casefold().strip()
    text = ENGLISH.sub(" ", text) if text.isascii() else text
    return re.sub(r"[\s'’·.,_-]+", "", text)


def short(name: str) -> str:
    """Of a Chinese name: without 省, 市, 自治州 …; a name of two characters stays whole."""
    text = plain(name)
    for ending in ENDINGS:
        if text.endswith(ending) and len(text) - len(ending) >= 2:
            cut = text.removesuffix(ending)
            inner = OF_PEOPLES.sub("", cut) if ending in ("自治州", "自治区", "自治县") else cut
            return inner if len(inner) >= 2 else cut
    return text


def _is_district(name: str) -> bool:
    return name.endswith(("区", "县")) and not name.endswith(("地区", "自治区"))


class RegionNames:
    """A whole name wins over a short one; of several with one name the province over its cities, and a city
    over a district. 广东省广州市 is the city in that province."""

    def __init__(self, regions: Iterable[Named]) -> None:
        self._whole: defaultdict[str, set[Place]] = defaultdict(set)
        self._short: defaultdict[str, set[Place]] = defaultdict(set)
        self._provinces: dict[str, str] = {}
        for one in regions:
            place = Place(one.code, one.parent, _is_district(one.name_zh))
            for name in (one.name_zh, one.name_en):
                self._whole[plain(name)].add(place)
            if one.name_zh.endswith("自治州"):
                self._whole[short(one.name_zh) + "州"].add(place)
            self._short[short(one.name_zh)].add(place)
            if one.parent is None:
                self._provinces |= {plain(one.name_zh): one.code, short(one.name_zh): one.code}
        self._longest_first = sorted(self._provinces, key=len, reverse=True)

    def find(self, name: str, province: str | None = None) -> str | None:
        """The code, where exactly one fits. `province`: the code of the one that it lies in."""
        for places in (self._whole.get(plain(name)), self._short.get(short(name))):
            found = _only(places or set(), province)
            if found is not None:
                return found.code
        return self._within(plain(name)) if province is None else None

    def _within(self, name: str) -> str | None:
        before = next((one for one in self._longest_first if name.startswith(one) and name != one), None)
        if before is None:
            return None
        rest = name.removeprefix(before)
        wholes = (rest.removeprefix(ending) for ending in ("", *ENDINGS) if rest.startswith(ending))
        found = (self.find(one, self._provinces[before]) for one in wholes if one)
        return next((code for code in found if code is not None), None)


def _only(places: set[Place], province: str | None) -> Place | None:
    if province is not None:
        places = {one for one in places if one.parent == province}
    provinces = {one for one in places if one.parent is None}
    cities = {one for one in places if not one.is_district}
    chosen = provinces or cities or places
    return next(iter(chosen)) if len(chosen) == 1 else None
