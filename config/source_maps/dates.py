"""The forms in which a map may say that its dates are written."""

import re
from typing import Annotated

from pydantic import BeforeValidator

ISO, EXCEL, EXCEL_1904, EPOCH, EPOCH_MS = "iso", "excel", "excel1904", "epoch", "epoch_ms"
NAMED = {
    ISO: "ISO 8601: 2026-11-20, 2026-11-20 09:05, 2026-11-20T09:05:00+08:00",
    EXCEL: "the number by which a spreadsheet keeps a date: 46346.378 is 2026-11-20 09:04",
    EXCEL_1904: "the same in a workbook that counts from 1904",
    EPOCH: "seconds since 1970 in UTC, from 1973 on: 1795165500",
    EPOCH_MS: "milliseconds since 1970 in UTC: 1795165500000",
}
DIRECTIVES = {
    "Y": "year, four digits",
    "y": "year, two digits: 69 to 99 are of the last century",
    "m": "month as a number",
    "b": "month by name: Nov, November",
    "d": "day of the month",
    "a": "day of the week by name, not checked: Fri, 星期五",
    "H": "hour, 0 to 24; 24:00 is the next day's 0:00",
    "I": "hour, 1 to 12, with %p",
    "p": "AM, PM, 上午, 下午",
    "M": "minute",
    "S": "second",
    "f": "fraction of a second",
    "z": "offset from UTC: +08:00, +0800, +08, Z",
    "Z": "zone by name: Asia/Shanghai, UTC, GMT+8. CST and the like mean several: write them into the "
    "format as text, the map's time_zone then holds",
}


def _date_format(value: object) -> str:
    form = str(value)
    if form in NAMED:
        return form
    unknown = sorted({found for found in re.findall(r"%(.?)", form) if found not in DIRECTIVES})
    if unknown or "%" not in form:
        wrong = f"%{unknown[0]} in '{form}'" if unknown else f"'{form}'"
        named = ", ".join(f"'{name}'" for name in NAMED)
        known = " ".join(f"%{one}" for one in DIRECTIVES)
        raise ValueError(f"{wrong} is not understood; write {named}, or a format of {known}")
    return form


DateFormat = Annotated[str, BeforeValidator(_date_format)]
