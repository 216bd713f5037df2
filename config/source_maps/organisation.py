"""What a file of the organisation tells: its regions, departments, teams and people."""

from pydantic import Field, model_validator

from config.source_maps.subjects import check_words
from config.source_maps.values import Table, Value

LEVELS = ("province", "city")
# Whoever administers the board is named with `board people`, never by a file.
GRADES = ("agent", "senior", "team_lead", "supervisor", "manager", "scheduler")


class Named(Table):
    """A code, and a name in each language."""

    code: Value = Field(description="The code that complaints name it by.", examples=["NET"])
    name: Value | None = Field(
        default=None, description="Its name in English; without: the code.", examples=["Name"]
    )
    name_zh: Value | None = Field(
        default=None, description="Its name in Chinese; without: the other name.", examples=["名称"]
    )


class Region(Named):
    """A row of `rows = "region"`."""

    parent: Value | None = Field(
        default=None,
        description="The code of the province of a city; empty for a province.",
        examples=["所属省份"],
    )
    time_zone: Value | None = Field(
        default=None, description="Its time zone; without: that of the map.", examples=["时区"]
    )


class Department(Named):
    """A row of `rows = "department"`."""


class Team(Named):
    """A row of `rows = "team"`."""

    department: Value = Field(description="The code of its department.", examples=["所属部门"])


class Person(Table):
    """A row of `rows = "person"`. Whether a person may sign in stays as it is; new people may not."""

    login: Value = Field(description="The login that complaints name the person by.", examples=["工号"])
    name: Value | None = Field(
        default=None, description="The name in English; without: the login.", examples=["Name"]
    )
    name_zh: Value | None = Field(
        default=None, description="The name in Chinese; without: the other name.", examples=["姓名"]
    )
    grade: Value | None = Field(
        default=None,
        description=f"One of {', '.join(GRADES)}; other words by `translate`. Without: as it is, agent if "
        "new.",
        examples=[{"column": "岗位", "translate": {"主管": "supervisor"}}],
    )
    team: Value | None = Field(default=None, description="The code of the team.", examples=["班组"])
    department: Value | None = Field(
        default=None, description="The code of the department.", examples=["部门"]
    )
    regions: Value | None = Field(
        default=None,
        description="The codes of the regions the person may see, with ; between; empty: as it is.",
        examples=["管辖区域"],
    )

    @model_validator(mode="after")
    def _known_results(self) -> "Person":
        check_words(self.grade, "grade", GRADES)
        return self
