"""A table of people, one a row: what each row says, or why it is refused."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from queries.organisation import OVERSEEING
from queries.people.register import GRADES, Names, PersonRow
from queries.sheets import GivenRow, Refused, Wrong, active, named_cells

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
NEEDED = (("login",), ("grade",), ("name_zh", "name_en"))
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


@dataclass(frozen=True, slots=True)
class PeopleFile:
    people: tuple[PersonRow, ...]
    refused: tuple[Refused, ...]
    rows_of_login: tuple[tuple[str, int], ...] = ()


def people_of(header: Iterable[str], rows: Iterable[GivenRow], known: Names, zone: ZoneInfo) -> PeopleFile:
    """Days are those of `zone`; raises MissingColumns."""
    people: dict[str, PersonRow] = {}
    refused: list[Refused] = []
    rows_of_login: dict[str, int] = {}
    for number, cells, wrong in named_cells(header, rows, HEADS, NEEDED):
        try:
            person = _person(cells, known, zone, wrong)
            if person.login in rows_of_login:
                raise Wrong("twice", name="login", value=person.login, row=str(rows_of_login[person.login]))
        except Wrong as why:
            refused.append(Refused(number, why.why))
        else:
            rows_of_login[person.login] = number
            people[person.login] = person
    return PeopleFile(tuple(people.values()), tuple(refused), tuple(rows_of_login.items()))


def groups_of(header: Iterable[str], rows: Iterable[GivenRow]) -> dict[str, set[str]]:
    """The teams of each department that the file names, an empty name left out; raises MissingColumns."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for _number, cells, wrong in named_cells(header, rows, HEADS, NEEDED):
        department, team = cells.get("department", ""), cells.get("team", "")
        if department and not wrong:
            found[department] |= {team} if team else set()
    return found


def _person(cells: Mapping[str, str], known: Names, zone: ZoneInfo, wrong: Wrong | None) -> PersonRow:
    if wrong is not None:
        raise wrong
    login, names = cells.get("login", ""), (cells.get("name_en", ""), cells.get("name_zh", ""))
    if not login:
        raise Wrong("empty", name="login")
    if not any(names):
        raise Wrong("no_name")
    grade = _grade(cells.get("grade", ""))
    since, until = active(cells, zone)
    department = _known("department", cells.get("department", ""), known.departments)
    team = _known("team", cells.get("team", ""), known.teams)
    if department and team and known.department_of_team.get(team) not in (None, department):
        raise Wrong("other_department", value=cells.get("team", ""), department=cells.get("department", ""))
    return PersonRow(
        login=login,
        name_en=names[0] or names[1],
        name_zh=names[1] or names[0],
        grade=grade,
        department=department,
        team=team,
        scope_regions=_regions(cells.get("regions", ""), grade, known),
        active_from=since,
        active_until=until,
        signs_in=bool(cells.get("regions", "")),
    )


def _grade(word: str) -> str:
    wanted = word.casefold()
    for grade in GRADES:
        if wanted in (grade, *GRADE_WORDS[grade]):
            return grade
    raise Wrong("no_grade", value=word, known=", ".join(GRADES))


def _known(what: str, word: str, codes: Mapping[str, str]) -> str | None:
    """The code; `codes` by code and by both names, in lower case."""
    if not word:
        return None
    found = codes.get(word.casefold())
    if found is None:
        raise Wrong("unknown_group", name=what, value=word)
    return found


def _regions(text: str, grade: str, known: Names) -> tuple[str, ...] | None:
    """None: everywhere. Whoever looks at the board has to be given it in words; who handles complaints signs
    in where it is given."""
    if grade not in OVERSEEING and not text:
        return None
    words = [word.strip() for word in re.split(r"[;,，；、|]", text) if word.strip()]
    if not words:
        raise Wrong("no_regions")
    if any(word.casefold() in EVERYWHERE for word in words):
        return None
    codes = {word: known.region(word) for word in words}
    unknown = [word for word, code in codes.items() if code is None]
    if unknown:
        raise Wrong("unknown_regions", value=", ".join(map(repr, unknown)))
    return tuple(dict.fromkeys(code for code in codes.values() if code is not None))
