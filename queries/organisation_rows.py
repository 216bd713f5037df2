"""Tables of regions, departments and teams: what each row would change, and putting them in."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Connection, text

from queries.db import rows_of
from queries.organisation import DepartmentRow, OrganisationRows, RegionRow, TeamRow
from queries.organisation_files import put_stated
from queries.region_names import RegionNames
from queries.sheets import Given, GivenRow, Planned, What, Wrong, active, named_cells

Kind = Literal["regions", "departments", "teams"]
KINDS: tuple[Kind, ...] = ("regions", "departments", "teams")
_NAMED = {
    "code": ("编码", "代码", "编号", "行政区划代码", "部门编码", "班组编码", "地区编码"),
    "name_en": ("name", "name in english", "英文名", "英文名称"),
    "name_zh": ("name in chinese", "名称", "中文名", "中文名称", "部门名称", "班组名称", "地区名称"),
}
_ACTIVE = {"active_from": ("启用日期", "生效日期"), "active_to": ("停用日期", "撤销日期")}
HEADS: dict[Kind, dict[str, tuple[str, ...]]] = {
    "regions": _NAMED
    | {"parent": ("上级", "上级编码", "上级地区", "所属省份", "省份"), "time_zone": ("时区",)},
    "departments": _NAMED | _ACTIVE,
    "teams": _NAMED | {"department": ("部门", "所属部门", "上级部门")} | _ACTIVE,
}
NEEDED: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "regions": (("code",), ("name_zh", "name_en")),
    "departments": (("code",), ("name_zh", "name_en")),
    "teams": (("code",), ("name_zh", "name_en"), ("department",)),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A region, department or team. `parent`: the code of the province, or of the team's department.
    `has_days`: whether its days are stated; else they stay."""

    code: str
    name_en: str
    name_zh: str
    parent: str | None = None
    time_zone: str = ""
    active_from: datetime | None = None
    active_until: datetime | None = None
    has_days: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    rows: tuple[Planned, ...]
    parts: tuple[Part, ...]  # what is to be put: new and changed

    def count(self, what: What) -> int:
        return sum(one.what == what for one in self.rows)


@dataclass(frozen=True, slots=True)
class _Known:
    parts: dict[str, Part]
    parents: dict[str, str]  # by code and by names in lower case, the code
    provinces: frozenset[str]
    places: RegionNames | None


def plan(
    conn: Connection, kind: Kind, header: Iterable[str], rows: Iterable[GivenRow], zone: ZoneInfo
) -> Plan:
    """Changes nothing. Days, and regions without a zone of their own, are those of `zone`; raises
    MissingColumns."""
    given = list(named_cells(header, rows, HEADS[kind], NEEDED[kind]))
    known = _known(conn, kind, given)
    seen: dict[str, int] = {}
    planned, parts = [], []
    for number, cells, wrong in given:
        code = cells.get("code", "")
        names = (
            cells.get("name_en") or cells.get("name_zh", ""),
            cells.get("name_zh") or cells.get("name_en", ""),
        )
        try:
            if code in seen:
                raise Wrong("twice", name="code", value=code, row=str(seen[code]))
            part = _part(kind, cells, known, zone, wrong)
        except Wrong as why:
            planned.append(Planned(number, code, *names, "refused", why=why.why))
            continue
        seen[code] = number
        what, changes = _compared(known.parts.get(code), part)
        planned.append(Planned(number, code, *names, what, changes))
        if what != "same":
            parts.append(part)
    return Plan(tuple(planned), tuple(parts))


def _part(kind: Kind, cells: Mapping[str, str], known: _Known, zone: ZoneInfo, wrong: Wrong | None) -> Part:
    if wrong is not None:
        raise wrong
    code, en, zh = (cells.get(name, "") for name in ("code", "name_en", "name_zh"))
    if not code:
        raise Wrong("empty", name="code")
    if not (en or zh):
        raise Wrong("no_name")
    since, until = (None, None) if kind == "regions" else active(cells, zone)
    return Part(
        code=code,
        name_en=en or zh,
        name_zh=zh or en,
        parent=_parent(kind, code, cells, known),
        time_zone=_zone(cells, zone) if kind == "regions" else "",
        active_from=since,
        active_until=until,
        has_days="active_from" in cells or "active_to" in cells,
    )


def _parent(kind: Kind, code: str, cells: Mapping[str, str], known: _Known) -> str | None:
    if kind == "departments":
        return None
    name = "parent" if kind == "regions" else "department"
    word = cells.get(name, "")
    if not word:
        if kind == "teams":
            raise Wrong("empty", name="department")
        return None
    found = known.parents.get(word.casefold()) or (known.places.find(word) if known.places else None)
    if found is None:
        raise Wrong("unknown", name=name, value=word)
    if kind == "regions" and (found == code or found not in known.provinces):
        raise Wrong("no_province", value=word)
    return found


def _zone(cells: Mapping[str, str], zone: ZoneInfo) -> str:
    named = cells.get("time_zone", "") or zone.key
    if named not in _zones():
        raise Wrong("no_zone", value=named)
    return named


@cache
def _zones() -> set[str]:
    return available_timezones()


def _compared(before: Part | None, now: Part) -> tuple[What, tuple[str, ...]]:
    if before is None:
        return "new", ()
    fields = ["name_en", "name_zh", "parent", *(["time_zone"] if now.time_zone else [])]
    fields += ["active_from", "active_until"] if now.has_days else []
    changed = tuple(one for one in fields if getattr(before, one) != getattr(now, one))
    return ("changed" if changed else "same"), changed


def _known(conn: Connection, kind: Kind, given: list[Given]) -> _Known:
    parts = {one.code: one for one in rows_of(Part, conn.execute(text(_PARTS[kind])))}
    if kind == "teams":
        rows = conn.execute(text("SELECT code, name_en, name_zh FROM facts.department")).all()
        return _Known(parts, _codes((row.code, row.name_en, row.name_zh) for row in rows), frozenset(), None)
    if kind == "departments":
        return _Known(parts, {}, frozenset(), None)
    of_file = [
        Part(cells["code"], cells.get("name_en", ""), cells.get("name_zh", ""), cells.get("parent") or None)
        for _number, cells, wrong in given
        if cells.get("code") and wrong is None
    ]
    together = parts | {one.code: one for one in of_file}
    provinces = frozenset(one.code for one in together.values() if one.parent is None)
    names = _codes((one.code, one.name_en, one.name_zh) for one in together.values())
    return _Known(
        parts, names, provinces, RegionNames(one for one in together.values() if one.parent is None)
    )


def _codes(named: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """A code wins over another's name."""
    found: dict[str, str] = {}
    rows = list(named)
    for code, *names in rows:
        for name in filter(None, names):
            found.setdefault(name.casefold(), code)
    return found | {code.casefold(): code for code, *_names in rows}


# Columns as the fields of Part. What a source's value made is new to the organisation.
_PARTS: dict[Kind, str] = {
    "regions": "SELECT r.code, r.name_en, r.name_zh, p.code AS parent, r.time_zone, "
    "CAST(null AS timestamptz) AS active_from, CAST(null AS timestamptz) AS active_until, false AS has_days "
    "FROM facts.region r LEFT JOIN facts.region p ON p.region_id = r.parent_id WHERE NOT r.is_unknown",
    "departments": "SELECT code, name_en, name_zh, CAST(null AS text) AS parent, '' AS time_zone, "
    "active_from, active_until, false AS has_days FROM facts.department "
    "WHERE NOT is_unknown",
    "teams": "SELECT t.code, t.name_en, t.name_zh, d.code AS parent, '' AS time_zone, t.active_from, "
    "t.active_until, false AS has_days "
    "FROM facts.team t JOIN facts.department d USING (department_id)",
}


def put_parts(conn: Connection, kind: Kind, parts: Iterable[Part], zone: str, by: str) -> int:
    """Insert or bring up to date, by code; nothing is removed. → complaints that are derived again since
    their region moved."""
    given = list(parts)
    rows = OrganisationRows([], [], [], [])
    for one in given:
        names = (one.name_en, one.name_zh)
        if kind == "regions":
            level = "city" if one.parent else "province"
            rows.regions.append(RegionRow(one.code, one.parent, level, *names, one.time_zone or zone))
        elif kind == "departments":
            rows.departments.append(DepartmentRow(one.code, *names))
        else:
            rows.teams.append(TeamRow(one.code, one.parent or "", *names))
    _new, moved = put_stated(conn, rows, zone)
    with_days = [one for one in given if one.has_days and kind != "regions"]
    if with_days:
        conn.execute(text(_DAYS[kind]), [_days(one) for one in with_days])
    write_down(
        conn, by, f"put_{kind}", kind, {"codes": [one.code for one in given][:50], "count": len(given)}
    )
    return moved


def _days(one: Part) -> dict[str, Any]:
    return {"code": one.code, "since": one.active_from, "until": one.active_until}


# What opens again was not merged.
_OPEN_AGAIN = (
    "SET active_from = :since, active_until = :until, merged_into = CASE WHEN CAST(:until AS timestamptz) "
    "IS NOT NULL THEN merged_into END WHERE code = :code"
)
_DAYS: dict[Kind, str] = {
    "departments": f"UPDATE facts.department {_OPEN_AGAIN}",
    "teams": f"UPDATE facts.team {_OPEN_AGAIN}",
}


def write_down(conn: Connection, by: str, action: str, subject: str, detail: dict[str, Any]) -> None:
    conn.execute(
        text(
            "INSERT INTO journal.audit (person, action, subject, detail) "
            "VALUES (:by, :action, :subject, CAST(:detail AS jsonb))"
        ),
        {"by": by, "action": action, "subject": subject, "detail": json.dumps(detail, ensure_ascii=False)},
    )
