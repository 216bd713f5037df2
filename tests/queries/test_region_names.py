"""Names of regions as sources write them, and the 31 provinces that come along."""

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

import config
from queries.region_names import RegionNames, plain

FILE = Path(config.__file__).with_name("regions_china.csv")
# Prefectures of each province, 333 in all; then districts of municipalities, and cities without a prefecture.
PREFECTURES = {
    "13": 11, "14": 11, "15": 12, "21": 14, "22": 9, "23": 13, "32": 13, "33": 11, "34": 16,
    "35": 9, "36": 11, "37": 16, "41": 17, "42": 13, "43": 14, "44": 21, "45": 14, "46": 4,
    "51": 21, "52": 9, "53": 16, "54": 7, "61": 10, "62": 14, "63": 8, "64": 5, "65": 14,
}  # fmt: skip
OTHERS = {"11": 16, "12": 16, "31": 16, "50": 38, "41": 1, "42": 4, "46": 15, "65": 12}


class Region(NamedTuple):
    code: str
    parent: str | None
    name_en: str
    name_zh: str
    time_zone: str


def regions() -> list[Region]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return [Region(code, parent or None, *rest) for code, parent, *rest in list(csv.reader(file))[1:]]


NAMES = RegionNames(regions())


def test_every_province_has_all_its_cities_and_every_code_stands_once() -> None:
    found = regions()
    codes = [one.code for one in found]
    assert len(set(codes)) == len(codes)
    assert all(one.code.isdecimal() and len(one.code) == 6 for one in found)
    provinces = {one.code for one in found if one.parent is None}
    assert len(provinces) == 31
    assert all(one.parent in provinces and one.parent[:2] == one.code[:2] for one in found if one.parent)
    below = Counter(one.code[:2] for one in found if one.parent and one.code.endswith("00"))
    assert below == PREFECTURES
    assert sum(below.values()) == 333
    assert Counter(one.code[:2] for one in found if not one.code.endswith("00")) == OTHERS
    assert all(one.name_en.replace("'", "").replace(" ", "").isalpha() for one in found)
    assert {one.time_zone for one in found} == {"Asia/Shanghai"}


def test_every_region_is_found_by_its_whole_name() -> None:
    assert [one.name_zh for one in regions() if NAMES.find(one.name_zh) != one.code] == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("广东", "440000"), ("广东省", "440000"), ("Guangdong", "440000"), ("GUANGDONG Province", "440000"),
        ("广州", "440100"), ("广州市", "440100"), ("Guangzhou", "440100"), ("guangzhou city", "440100"),
        ("广东省广州市", "440100"), ("广东广州", "440100"), ("广东 - 广州", "440100"),
        ("Guangdong广州", None),
        ("内蒙古", "150000"), ("新疆", "650000"), ("广西", "450000"), ("宁夏", "640000"), ("西藏", "540000"),
        ("吉林", "220000"), ("吉林市", "220200"), ("吉林吉林市", "220200"), ("海南", "460000"),
        ("海南州", "632500"), ("朝阳", "211300"), ("朝阳区", "110105"), ("北京朝阳", "110105"),
        ("浦东", "310115"), ("浦东新区", "310115"), ("延边", "222400"), ("湘西", "433100"),
        ("大理州", "532900"),
        ("喀什", "653100"), ("Ürümqi", None), ("Urumqi", "650100"), ("恩施州", "422800"), ("河北", "130000"),
        ("河北区", "120105"), ("重庆", "500000"), ("忠县", "500233"), ("阿坝州", "513200"), ("Suzhou", None),
        ("Jilin", "220000"), ("Xi'an", "610100"), ("西安", "610100"), ("　上海市 ", "310000"), ("", None),
        ("火星", None), ("省", None), ("石河子", "659001"), ("酉阳", "500242"),
    ],
)  # fmt: skip
def test_a_name_as_sources_write_it_is_one_region_or_none(name: str, code: str | None) -> None:
    assert NAMES.find(name) == code


def test_a_tree_of_short_names_knows_the_long_ones() -> None:
    names = RegionNames(
        [Region("GD", None, "Guangdong", "广东", ""), Region("GD-01", "GD", "Guangzhou", "广州", "")]
    )
    assert [names.find(name) for name in ("广东省", "广州市", "广东省广州市", "广东广州")] == [
        "GD",
        "GD-01",
        "GD-01",
        "GD-01",
    ]


def test_a_city_is_looked_for_in_the_province_that_comes_with_it() -> None:
    assert NAMES.find("朝阳", "110000") == "110105"
    assert NAMES.find("Suzhou", "340000") == "341300"
    assert NAMES.find("广州", "430000") is None


def test_width_case_and_blanks_do_not_count() -> None:
    assert plain(" Ｇｕａｎｇ Dong ") == "guangdong"
