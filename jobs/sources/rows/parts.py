"""What rows of both kinds, states of complaints and updates, tell beside a state: its number, customer
and texts, requests to co-owners, surveys, callbacks."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from config.source_maps.source_map import SourceMap
from config.source_maps.subjects import Attempt as AttemptTable
from config.source_maps.subjects import Booking as BookingTable
from config.source_maps.subjects import CoOwner
from config.source_maps.subjects import Customer as CustomerTable
from config.source_maps.subjects import Survey as SurveyTable
from config.source_maps.values import Spec
from jobs.sources.rows import numbers
from jobs.sources.rows.columns import BadCell, Cells, Columns, Notes, named
from jobs.sources.rows.mapping import Mapped
from queries.intake.facts import DETAILS, Answer, Attempt, Booking, Customer, Survey
from queries.intake.numbers import stable
from queries.intake.phones import phones

MOST_EPISODES = 1000
MOST_SCORES = 10


class Texts(NamedTuple):
    title: str | None
    body: str | None
    customer: Customer | None
    details: tuple[tuple[str, str], ...]

    @property
    def customer_number(self) -> str | None:
        return self.customer.external_id if self.customer else None


class Fields:
    """Number, reception, texts, state."""

    def __init__(self, source: SourceMap, columns: Columns) -> None:
        complaint, state = source.complaint, source.state
        self.number = columns.own_number(complaint.number)
        self.received = columns.past(complaint.received_at)
        self.status = columns.known("status", state.status)
        self._title, self._body = columns.text(complaint.title), columns.text(complaint.body)
        self._details = [
            (name, columns.text(spec)) for name in DETAILS if (spec := getattr(complaint, name)) is not None
        ]
        self._customer = customer_reader(source.customer, columns) if source.customer else None
        self.parent, self._parent_name = columns.number(complaint.parent), named(complaint.parent)
        self._region, self._province = columns.code(state.region), columns.code(state.province)

    def texts(self, cells: Cells, notes: Notes) -> Texts:
        details = tuple((name, text) for name, read in self._details if (text := read(cells)) is not None)
        customer = self._customer(cells, notes) if self._customer else None
        return Texts(self._title(cells), self._body(cells), customer, details)

    def merged_into(self, cells: Cells, number: str) -> str | None:
        """Some sources give a complaint's own number where it was not merged. Raises BadCell."""
        parent = self.parent(cells)
        if parent is not None and numbers.is_sum(parent):
            raise BadCell(self._parent_name, "is no number of a complaint", parent)
        return parent if parent != number else None

    def placed(self, cells: Cells) -> tuple[str, str] | None:
        try:
            region, province = self._region(cells), self._province(cells)
        except BadCell:
            return None  # noted with the region itself
        return (region, province) if region and province and region != province else None


def customer_reader(given: CustomerTable, columns: Columns) -> Callable[[Cells, Notes], Customer | None]:
    """None: the row names none."""
    number, value = columns.number(given.number), columns.code(given.value)
    name, address = columns.text(given.name), columns.text(given.address)
    phone = _phone_reader(given.phone, columns)

    def read(cells: Cells, notes: Notes) -> Customer | None:
        found = notes.tried(number, cells)
        if not found:
            return None
        return Customer(
            found, name(cells), notes.tried(phone, cells), address(cells), notes.tried(value, cells)
        )

    return read


def _phone_reader(spec: Spec | None, columns: Columns) -> Callable[[Cells], str | None]:
    """Several are joined by /. What cannot be a number is not repeated in messages."""
    read, name = columns.text(spec), named(spec)

    def found(cells: Cells) -> str | None:
        text = read(cells)
        if text is None:
            return None
        known, why = phones(text)
        if why:
            raise BadCell(name, why)
        return "/".join(known)

    return found


class Step(NamedTuple):
    """Of a request to a co-owner. `at` None: stated not to have happened."""

    party_id: int
    field: str
    at: datetime | None
    department: str | None
    column: str


class Requests:
    """Of one [[co_owner]]."""

    def __init__(self, given: CoOwner, place: int, columns: Columns) -> None:
        self._place = place
        self._number, self.is_numbered = columns.number(given.number), given.number is not None
        self._department = columns.code(given.department)
        self._step = columns.known("step", given.step)
        self._is_log = given.step is not None
        self._columns = columns
        self._instants = [
            (field, named(spec), columns.past(spec), columns.says_none(spec))
            for field, spec in (
                ("requested", given.requested_at),
                ("responded", given.responded_at),
                ("opinion", given.opinion_at),
                ("cancelled", given.cancelled_at),
            )
            if spec is not None
        ]

    def steps(self, cells: Cells, notes: Notes, happened: datetime | None = None) -> Iterator[Step]:
        """`happened`: of an update, whose requests without a number are known by their department."""
        department = notes.tried(self._department, cells)
        party = self._party(cells, notes, department, happened)
        if party is None:
            return
        step = notes.tried(self._step, cells)
        if step is not None and happened is not None:
            yield Step(party, step, happened, department, "")
        for field, column, read, says_none in self._instants:
            known = notes.tried(read, cells)
            if known is not None:
                # A request starts clocks, so a day alone begins with it; the others end with their day.
                at = known.at if field == "requested" else self._columns.ending(known)
                yield Step(party, field, at, department, column)
            elif says_none and says_none(cells):
                yield Step(party, field, None, department, column)

    def _party(
        self, cells: Cells, notes: Notes, department: str | None, happened: datetime | None
    ) -> int | None:
        if self.is_numbered:
            number = notes.tried(self._number, cells)
            return stable(number) if number else None
        if happened is not None and department:
            return stable(f"department {department}")
        return self._place


class When(NamedTuple):
    """Of one row: its complaint, the instant of its statement or update, when it was resolved."""

    number: str
    stated_at: datetime
    resolved_at: datetime | None
    is_update: bool

    @property
    def of_snapshot(self) -> datetime | None:
        """A log states what it tells as it happened."""
        return None if self.is_update else self.stated_at


class Surveys:
    """Of one [[survey]]."""

    def __init__(self, given: SurveyTable, place: int, columns: Columns) -> None:
        self._place, self._columns = place, columns
        self._number, self._is_numbered = columns.number(given.number), given.number is not None
        self._channel = columns.code(given.channel)
        self._sent, self._answered = columns.past(given.sent_at), columns.past(given.answered_at)
        self._scores = [(columns.whole(one, 1, one.scale), one.scale) for one in given.scores]
        self._first = named(given.scores[0]) if given.scores else ""
        self._nps = columns.whole(given.nps, 0, 10)

    def read(self, cells: Cells, notes: Notes, when: When) -> tuple[Survey, Answer | None] | None:
        sent, answered = notes.tried(self._sent, cells), notes.tried(self._answered, cells)
        scores = self._read_scores(cells, notes)
        if not scores and sent is None:
            return None
        answered_at = self._columns.ending(answered) if answered else None
        sent_at = sent.at if sent else answered_at or when.resolved_at or when.stated_at
        if answered_at is None:
            answered_at = max(sent_at, when.resolved_at) if sent and when.resolved_at else sent_at
        survey_id = self._id(cells, notes, when, sent_at)
        if survey_id is None:
            return None
        channel = notes.tried(self._channel, cells) or "source"
        survey = Survey(when.number, survey_id, channel, min(sent_at, answered_at), when.of_snapshot)
        if not scores:
            return survey, None
        nps = notes.tried(self._nps, cells)
        return survey, Answer(when.number, survey_id, answered_at, scores, nps, when.of_snapshot)

    def _read_scores(self, cells: Cells, notes: Notes) -> tuple[int, ...]:
        """The overall one, and the others as far as there is no gap."""
        found = [notes.tried(read, cells) for read, _scale in self._scores]
        known = [one is not None for one in found]
        upto = known.index(False) if False in known else len(known)
        if any(known[upto:]):
            notes.append(BadCell(self._first, "a score is empty or wrong, so those behind it are left out"))
        scales = [scale for _read, scale in self._scores]
        return tuple(
            (one + 1) // 2 if scale == 10 else one
            for one, scale in list(zip(found, scales, strict=True))[: min(upto, MOST_SCORES)]
            if one is not None
        )

    def _id(self, cells: Cells, notes: Notes, when: When, at: datetime) -> int | None:
        if self._is_numbered:
            number = notes.tried(self._number, cells)
            return stable(number) if number else None
        return stable(f"survey {at.isoformat()}") if when.is_update else self._place


class Callbacks:
    """Of one [[attempt]] or [[booking]]: what both have."""

    def __init__(self, given: AttemptTable | BookingTable, columns: Columns) -> None:
        self._given, self._columns = given, columns
        self._number, self._is_numbered = columns.number(given.number), given.number is not None
        self._kind, self._kind_name = columns.known("callback", given.kind), named(given.kind)
        self._episode = columns.whole(given.episode, 1, MOST_EPISODES)
        self._agent = columns.code(given.agent)

    def key(self, cells: Cells, notes: Notes, at: datetime) -> str | None:
        if self._is_numbered:
            return notes.tried(self._number, cells)
        return f"{at:%Y%m%dT%H%M%S}"

    def kind(self, cells: Cells, notes: Notes) -> str | None:
        count = len(notes)
        kind = notes.tried(self._kind, cells)
        if kind is None and len(notes) == count:
            notes.append(BadCell(self._kind_name, "is empty, so the callback is left out"))
        return kind

    def episode(self, cells: Cells, notes: Notes) -> int:
        """0: its instant tells."""
        return notes.tried(self._episode, cells) or 0

    def agent(self, cells: Cells, notes: Notes) -> str | None:
        return notes.tried(self._agent, cells)


class Attempts(Callbacks):
    def __init__(self, given: AttemptTable, columns: Columns) -> None:
        super().__init__(given, columns)
        self._at = columns.past(given.at)
        self._outcome, self._outcome_name = columns.known("outcome", given.outcome), named(given.outcome)
        self._again = columns.instant(given.call_again_at)

    def read(self, cells: Cells, notes: Notes, when: When) -> Attempt | None:
        called = notes.tried(self._at, cells)
        if called is None:
            return None
        at, count = self._columns.ending(called), len(notes)
        outcome = notes.tried(self._outcome, cells)
        if outcome is None:
            if len(notes) == count and not when.is_update:  # of a log, the row tells of something else
                notes.append(BadCell(self._outcome_name, "is empty, so the callback is left out"))
            return None
        kind, key = self.kind(cells, notes), self.key(cells, notes, at)
        if kind is None or key is None:
            return None
        again = notes.tried(self._again, cells)
        episode, agent = self.episode(cells, notes), self.agent(cells, notes)
        call_again = again.at if again else None
        return Attempt(when.number, kind, episode, key, at, outcome, agent, call_again, when.of_snapshot)


class Bookings(Callbacks):
    def __init__(self, given: BookingTable, columns: Columns) -> None:
        super().__init__(given, columns)
        self._starts, self._booked = columns.instant(given.starts_at), columns.past(given.booked_at)

    def read(self, cells: Cells, notes: Notes, when: When) -> Booking | None:
        starts = notes.tried(self._starts, cells)
        if starts is None:
            return None
        booked = notes.tried(self._booked, cells)
        kind, key = self.kind(cells, notes), self.key(cells, notes, starts.at)
        if kind is None or key is None:
            return None
        booked_at = booked.at if booked else min(when.stated_at, starts.at)
        episode, agent = self.episode(cells, notes), self.agent(cells, notes)
        return Booking(when.number, kind, episode, key, booked_at, starts.at, agent, when.of_snapshot)


class Parts:
    """Surveys, attempts and bookings of a row."""

    def __init__(self, source: SourceMap, columns: Columns) -> None:
        self._surveys = [Surveys(one, place, columns) for place, one in enumerate(source.survey, 1)]
        self._attempts = [Attempts(one, columns) for one in source.attempt]
        self._bookings = [Bookings(one, columns) for one in source.booking]
        self._any = bool(self._surveys or self._attempts or self._bookings)

    def add_to(self, mapped: Mapped, cells: Cells, notes: Notes, when: "When") -> Mapped:
        if not self._any:
            return mapped
        surveys = [pair for one in self._surveys if (pair := one.read(cells, notes, when))]
        return mapped._replace(
            surveys=[survey for survey, _ in surveys],
            answers=[answer for _, answer in surveys if answer],
            attempts=[found for one in self._attempts if (found := one.read(cells, notes, when))],
            bookings=[call for one in self._bookings if (call := one.read(cells, notes, when))],
        )
