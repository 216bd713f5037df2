"""What was found in a file, and the map that is proposed for it. Pure, and JSON both ways: `model_dump_json`
and `model_validate_json`. No value in it is personal: samples are masked."""

from collections.abc import Iterable
from typing import Literal, get_args

from pydantic import Field

from config.source_maps.dates import DateFormat
from config.source_maps.file import FileFormat
from config.source_maps.subjects import TIERS, UPDATE_MILESTONES
from config.source_maps.values import Spec, Table, Value
from config.vocabulary import CALLBACKS, OUTCOMES, REQUEST_FIELDS, STATUSES, Milestone

Kind = Literal[
    "instant", "day", "time", "number", "length", "id", "name", "phone", "yes_no", "choice", "text", "empty"
]
KINDS: tuple[Kind, ...] = get_args(Kind)

# What a word of a source can mean: the fields of a map that know a fixed list of words. A score of 5 is best.
Meaning = Literal["status", "tier", "milestone", "step", "callback", "outcome", "score", "channel"]
MEANINGS: dict[Meaning, tuple[str, ...]] = {
    "status": STATUSES,
    "tier": TIERS,
    "milestone": UPDATE_MILESTONES,
    "step": REQUEST_FIELDS,
    "callback": CALLBACKS,
    "outcome": OUTCOMES,
    "score": ("1", "2", "3", "4", "5"),
    "channel": (
        "phone",
        "app",
        "website",
        "wechat",
        "branch",
        "online_message",
        "social_media",
        "email",
        "employee",
        "system",
    ),
}
MEANT: dict[str, Meaning] = {
    "state.status": "status",
    "state.tier": "tier",
    "state.channel": "channel",
    "update.milestone": "milestone",
    "co_owner.step": "step",
    "attempt.kind": "callback",
    "booking.kind": "callback",
    "attempt.outcome": "outcome",
    "survey.scores": "score",
}
ANY_WORD: frozenset[Meaning] = frozenset({"channel"})  # a word of the source's own is as good

# Parts of which a map may have several.
MANY = ("co_owner", "pause", "survey", "attempt", "booking")
# Keys that hold an instant.
INSTANTS = frozenset(
    {
        "as_of",
        "updated_at",
        "complaint.received_at",
        "state.promised",
        "update.happened_at",
        "co_owner.requested_at",
        "co_owner.responded_at",
        "co_owner.opinion_at",
        "co_owner.cancelled_at",
        "pause.from",
        "pause.until",
        "survey.sent_at",
        "survey.answered_at",
        "attempt.at",
        "attempt.call_again_at",
        "booking.starts_at",
        "booking.booked_at",
    }
)


def is_instant(key: str) -> bool:
    return key in INSTANTS or key.startswith("reached.")


ReasonCode = Literal[
    "named", "named_and_fits", "looks_like", "unique", "first_instant", "two_columns", "joined", "no_other",
    "first_words", "ask_which", "constant", "by_hand",
]  # fmt: skip
REASONS: dict[ReasonCode, str] = {
    "named": "by its name",
    "named_and_fits": "by its name and its values",
    "looks_like": "by its values",
    "unique": "no two rows have the same value",
    "first_instant": "the earliest instant of most rows",
    "two_columns": "day and time stand in two columns",
    "joined": "no column has a value of its own in each row; these together tell rows apart",
    "no_other": "no other column tells who the customer is",
    "first_words": "the first words of the text, as no column has a title",
    "ask_which": "one of {count} columns that could be it",
    "constant": "by the names of its columns",
    "by_hand": "chosen by hand",
}
QuestionCode = Literal[
    "time_zone", "rows", "complete", "callbacks", "which_column", "value", "day_first", "length_unit"
]  # fmt: skip
QUESTIONS: dict[QuestionCode, str] = {
    "time_zone": "In which time zone is the source?",
    "rows": "{repeated} of {rows} rows have a number that another row has too. What is a row?",
    "complete": "Does each such file hold every complaint that the source has?",
    "which_column": "Which column is {key}?",
    "value": "What does “{value}” in “{column}” mean ({rows} rows)?",
    "day_first": "Is {sample} in “{column}” day/month or month/day?",
    "length_unit": "In which unit is “{column}”?",
    "callbacks": "Are customers of this source called after 3 and 7 days, so that the board schedules it?",
}
CHOICES: dict[str, str] = {
    "complaint": "a complaint as it stands",
    "update": "something that happened to a complaint",
    "yes": "yes",
    "no": "no",
    "": "leave it out",
    "day_first": "day first",
    "month_first": "month first",
    "hours": "hours",
    "minutes": "minutes",
}


class Count(Table):
    """A value of a column with few, on how many rows, and what it would mean in each kind of field.
    `guesses`: where that is not certain."""

    value: str
    rows: int
    means: dict[Meaning, str] = Field(default={})
    guesses: dict[Meaning, str] = Field(default={})


class FoundColumn(Table):
    """`place`: from 0. `name`: as maps write it. `samples`: masked. `filled`: 0..1 of the rows looked at.
    `distinct`: values told apart among these rows. `choices`: of a column with few values that are not
    personal, the most frequent first. `dates`: the formats by which its instants can be read; `other_dates`:
    those that read them too, with day and month changed; `differing`: an instant that they read otherwise."""

    place: int
    name: str
    kind: Kind
    samples: tuple[str, ...] = ()
    filled: float = 0.0
    distinct: int = 0
    choices: tuple[Count, ...] = ()
    dates: tuple[DateFormat, ...] = ()
    other_dates: tuple[DateFormat, ...] = ()
    differing: str = ""
    has_zone: bool = False  # whether its instants name their offset
    is_unique: bool = False


class FoundFile(Table):
    """`form`: as it was read, each key that a map would need to read it so again. `encoding`, `delimiter`: as
    people write them; of a spreadsheet, none. `header_row`: from 1; 0 where no row names the columns. `rows`:
    looked at; `all_rows`: whether these are all."""

    name: str
    form: FileFormat = FileFormat()
    kind: Literal["text", "spreadsheet", "json", "events"] = "text"
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    header_row: int = 1
    rows: int = 0
    all_rows: bool = False
    broken: int = 0  # rows that could not be separated


class FieldValue(Spec):
    """A value of a map, a state or a score."""

    since: Value | None = None
    scale: Literal[5, 10] = 5


class Reason(Table):
    code: ReasonCode
    parameters: dict[str, str] = Field(default={})

    def __str__(self) -> str:
        return REASONS[self.code].format(**self.parameters)


class Proposed(Table):
    """One key of the map. `part`: its table, empty for a key of the map itself; `number`: which of several
    such tables, from 1; `field`: such as number, received_at, status; of [survey] scores are scores.1 and so
    on. `certain`: needs no look by a person."""

    part: str
    field: str
    number: int = Field(default=1, ge=1)
    value: FieldValue
    reason: Reason
    certain: bool = False

    @property
    def key(self) -> str:
        """Such as state.status, co_owner.2.department, reached.closed, as_of."""
        return joined_key(self.part, self.number, self.field)

    @property
    def kind(self) -> str:
        """The key without numbers, such as co_owner.department, survey.scores."""
        return key_kind(self.key)


class Choice(Table):
    """`value`: what is answered. `parameters`: for the text of CHOICES, where it has one; else the value is
    shown as the field shows it, such as a status."""

    value: str
    label: str = ""  # what stands in the file, such as the name of a column

    def __str__(self) -> str:
        return self.label or CHOICES.get(self.value, self.value)


class Question(Table):
    """Only what cannot be told from the file. `id`: under which it is answered. `free`: any other text may be
    answered too. `certain`: the default needs no look by a person, and a command does not ask. `key`: of the
    map, which it concerns, if one."""

    id: str
    code: QuestionCode
    parameters: dict[str, str] = Field(default={})
    choices: tuple[Choice, ...]
    default: str
    free: bool = False
    certain: bool = False
    key: str = ""

    def __str__(self) -> str:
        return QUESTIONS[self.code].format(**self.parameters)


class Proposal(Table):
    """Of one file. `source`, `title`: proposed from the name of the file. `questions`: those that do not
    depend on other answers; `questions_of` in proposed_map.py gives all. `other_fields`: what the columns
    would be besides, if rows were of the other kind. `nulls`: cells that count as empty."""

    file: FoundFile
    columns: tuple[FoundColumn, ...]
    fields: tuple[Proposed, ...]
    other_fields: tuple[Proposed, ...] = ()
    questions: tuple[Question, ...] = ()
    rows: Literal["complaint", "update"] = "complaint"
    source: str = "complaints"
    title: str = ""
    time_zone: str = "Asia/Shanghai"
    nulls: tuple[str, ...] = ()
    as_of_name: str | None = None
    as_of_dates: tuple[DateFormat, ...] = ()  # formats of the instant in the file's name

    def column(self, name: str) -> FoundColumn | None:
        return next((one for one in self.columns if one.name == name), None)


class Answers(Table):
    """Of a person. `chosen`: id of a question → value of a choice; what is not answered has its default.
    `columns`: key of the map → column, in place of what is proposed; empty leaves the key out.
    `also_reported`: milestones of the source's other maps, as all have the same."""

    source: str | None = None
    title: str | None = None
    chosen: dict[str, str] = Field(default={})
    columns: dict[str, str] = Field(default={})
    also_reported: tuple[Milestone, ...] = ()


def joined_key(part: str, number: int, field: str) -> str:
    if not part:
        return field
    return f"{part}.{number}.{field}" if part in MANY else f"{part}.{field}"


def split_key(key: str) -> tuple[str, int, str]:
    """Part, number, field."""
    part, _, rest = key.partition(".")
    if not rest:
        return "", 1, key
    if part in MANY:
        number, _, field = rest.partition(".")
        return part, int(number), field
    return part, 1, rest


def key_kind(key: str) -> str:
    part, _number, field = split_key(key)
    field = field.partition(".")[0]
    return f"{part}.{field}" if part else field


def value_id(key: str, value: str) -> str:
    """Under which the meaning of a value of the source is answered."""
    return f"value:{key}:{value}"


def of_kind(columns: Iterable[FoundColumn], *kinds: Kind) -> list[FoundColumn]:
    return [one for one in columns if one.kind in kinds]
