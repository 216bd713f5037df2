"""A file of people, one a row: what each row says, or why it is refused. CSV, XLSX or JSON lines."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from config.source_maps.file import FileFormat
from jobs.sources.reading.files import open_table
from jobs.sources.reading.tables import FileRefused, Row
from queries.organisation import OVERSEEING
from queries.people.register import GRADES, Names, PersonRow

HEADS: dict[str, tuple[str, ...]] = {
    "login": ("登录名", "账号", "工号"),
    "name_en": ("name in english", "英文名", "英文姓名"),
    "name_zh": ("name", "name in chinese", "姓名", "中文名", "中文姓名"),
    "grade": ("role", "岗位", "角色", "职级"),
    "department": ("部门",),
    "team": ("班组", "团队"),
    "regions": ("region", "区域", "地区", "省市"),
    "active_from": ("启用日期", "入职日期"),
    "active_to": ("停用日期", "离职日期"),
}
GRADE_WORDS = {
    "agent": ("坐席", "客服", "客服代表"),
    "senior": ("高级坐席", "senior agent"),
    "team_lead": ("班组长", "组长", "team lead"),
    "supervisor": ("主管",),
    "manager": ("经理",),
    "scheduler": ("调度", "调度员", "回访调度"),
    "administrator": ("管理员", "系统管理员"),
}
EVERYWHERE = ("all", "everywhere", "全部", "全国")
LONGEST = 200  # characters
DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00(?::00)?)?|(\d{4})(\d{2})(\d{2})")
AS_DASH = str.maketrans({"/": "-", ".": "-", "年": "-", "月": "-", "日": ""})


@dataclass(frozen=True, slots=True)
class Refused:
    row: int
    why: str


@dataclass(frozen=True, slots=True)
class PeopleFile:
    people: tuple[PersonRow, ...]
    refused: tuple[Refused, ...]


class _Wrong(Exception):
    pass


def read_people(path: Path, known: Names, zone: ZoneInfo) -> PeopleFile:
    """Days are those of `zone`; raises FileRefused."""
    people: dict[str, PersonRow] = {}
    refused: list[Refused] = []
    rows_of_login: dict[str, int] = {}
    for number, cells, wrong in _rows(path):
        try:
            person = _person(cells, known, zone, wrong)
            if person.login in rows_of_login:
                raise _Wrong(f"login {person.login!r} stands in row {rows_of_login[person.login]} already")
        except _Wrong as why:
            refused.append(Refused(number, str(why)))
        else:
            rows_of_login[person.login] = number
            people[person.login] = person
    return PeopleFile(tuple(people.values()), tuple(refused))


def groups_of(path: Path) -> dict[str, set[str]]:
    """The teams of each department that the file names, an empty name left out; raises FileRefused."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for _number, cells, wrong in _rows(path):
        department, team = cells.get("department", ""), cells.get("team", "")
        if department and not wrong:
            found[department] |= {team} if team else set()
    return found


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str], str]]:
    """Number, the cells by our heads, and what is wrong with the row as such."""
    with open_table(path, FileFormat(), ()) as table:
        places = _places(path, table.header)
        row: Row
        for row in table.rows:
            cells = {name: row.cells[at].strip() for name, at in places.items() if at < len(row.cells)}
            yield row.number, cells, row.wrong


def _places(path: Path, header: Iterable[str]) -> dict[str, int]:
    ours = {word: name for name, words in HEADS.items() for word in (name, *words)}
    places: dict[str, int] = {}
    for at, head in enumerate(header):
        name = ours.get(head.strip().casefold().replace("-", "_"))
        if name is not None:
            places.setdefault(name, at)
    missing = [name for name in ("login", "grade") if name not in places]
    if "name_en" not in places and "name_zh" not in places:
        missing.append("name_zh")
    if missing:
        words = "; ".join(f"{name} (or {', '.join(HEADS[name])})" for name in missing)
        raise FileRefused(f"{path.name} has no column {words}.")
    return places


def _person(cells: Mapping[str, str], known: Names, zone: ZoneInfo, wrong: str) -> PersonRow:
    if wrong:
        raise _Wrong(wrong)
    long = next((name for name, cell in cells.items() if len(cell) > LONGEST or "\0" in cell), None)
    if long is not None:
        raise _Wrong(f"{long} is longer than {LONGEST} characters or unreadable")
    get = _reader(cells)
    login, names = get("login"), (get("name_en"), get("name_zh"))
    if not login:
        raise _Wrong("login is empty")
    if not any(names):
        raise _Wrong("name_zh is empty, and name_en too")
    grade = _grade(get("grade"))
    since, until = _day("active_from", get("active_from")), _day("active_to", get("active_to"))
    if since and until and until < since:
        raise _Wrong(f"active_to {until} is before active_from {since}")
    department = _known("department", get("department"), known.departments)
    team = _known("team", get("team"), known.teams)
    if department and team and known.department_of_team.get(team) not in (None, department):
        raise _Wrong(f"team {get('team')!r} belongs to another department than {get('department')!r}")
    return PersonRow(
        login=login,
        name_en=names[0] or names[1],
        name_zh=names[1] or names[0],
        grade=grade,
        department=department,
        team=team,
        scope_regions=_regions(get("regions"), grade, known),
        active_from=_midnight(since, zone),
        active_until=_midnight(until + timedelta(days=1) if until else None, zone),
        signs_in=bool(get("regions")),
    )


def _reader(cells: Mapping[str, str]) -> Callable[[str], str]:
    return lambda name: cells.get(name, "")


def _grade(word: str) -> str:
    wanted = word.casefold()
    for grade in GRADES:
        if wanted in (grade, *GRADE_WORDS[grade]):
            return grade
    raise _Wrong(f"grade {word!r} is not known; known are {', '.join(GRADES)}")


def _known(what: str, word: str, codes: Mapping[str, str]) -> str | None:
    """The code; `codes` by code and by both names, in lower case."""
    if not word:
        return None
    found = codes.get(word.casefold())
    if found is None:
        raise _Wrong(f"{what} {word!r} is not known; --add makes new departments and teams of the file")
    return found


def _regions(text: str, grade: str, known: Names) -> tuple[str, ...] | None:
    """None: everywhere. Whoever looks at the board has to be given it in words; who handles complaints signs
    in where it is given."""
    if grade not in OVERSEEING and not text:
        return None
    words = [word.strip() for word in re.split(r"[;,，；、|]", text) if word.strip()]
    if not words:
        raise _Wrong("regions is empty: name the regions that this person may see, or 'all'")
    if any(word.casefold() in EVERYWHERE for word in words):
        return None
    unknown = [word for word in words if word.casefold() not in known.regions]
    if unknown:
        raise _Wrong(f"region {', '.join(map(repr, unknown))} is not known")
    return tuple(dict.fromkeys(known.regions[word.casefold()] for word in words))


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    found = DAY.fullmatch(text.translate(AS_DASH))
    try:
        if found is None:
            raise ValueError
        year, month, day = (int(part) for part in found.groups() if part is not None)
        made = date(year, month, day)
    except ValueError:
        raise _Wrong(f"{name} {text!r} is no date; write it as 2026-11-30") from None
    if not 1970 <= made.year <= 2199:
        raise _Wrong(f"{name} {text!r} is outside the years 1970 to 2199")
    return made


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=zone)
