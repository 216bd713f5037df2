"""The operator's life in files as centres have them: an event log, and daily exports of three shapes.

log: each fact a row, with its instant. snapshot: every morning the whole table. workflow: every morning one
wide row a complaint, with the instants of its steps, under Chinese heads. delta: every morning the rows that
changed since the last. What each can tell stands in docs/exports.md.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import copyfile

from config.vocabulary import MILESTONE_FIELDS, REQUEST_FIELDS
from jobs.sources.simulated.life import ZONE, Timed
from jobs.sources.simulated.standing import Request, Standing
from queries.intake.facts import STATE_FIELDS, Answer, Attempt, Customer, NewComplaint, Observation, Survey

MAPS = Path(__file__).with_name("maps")
SHAPES = ("log", "snapshot", "workflow", "delta")
ENCODINGS = {"workflow": "gb18030"}
PARTIES = (1, 2)  # co-owner requests that a row of the table has room for
SCORES = range(1, 6)
KINDS = {"confirm_solved": "callback_3", "experience": "callback_7", "dissatisfied": "follow_up"}
REACHED = (*MILESTONE_FIELDS, "resolved", "reopened", "closed", "withdrawn")
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Morning:
    """The rows of each shape's export of that instant, not yet those of an earlier log or delta."""

    at: datetime
    rows: dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class _Step:
    number: str
    place: int  # in the life
    timed: Timed


def mornings(lives: Iterable[list[Timed]], instants: Iterable[datetime]) -> Iterator[Morning]:
    """What the operator exports at each of `instants`, which are in order."""
    coming = _in_order(lives)
    table: dict[str, Standing] = {}
    place = 0
    for at in instants:
        log, changed = [], {}
        while place < len(coming) and coming[place].timed.at <= at:
            step = coming[place]
            standing = table[step.number] = table.get(step.number) or Standing(NewComplaint(step.number, at))
            log += _log_rows(step, standing)
            changed[step.number] = standing
            place += 1
        yield Morning(
            at,
            {
                "log": log,
                "snapshot": [
                    {"exported_at": _iso(at)} | _stands(one) | _since(one) for one in table.values()
                ],
                "workflow": [_workflow(one) for one in table.values()],
                "delta": [{"updated_at": _iso(one.updated_at)} | _stands(one) for one in changed.values()],
            },
        )


def write(
    folder: Path, lives: Iterable[list[Timed]], instants: Iterable[datetime]
) -> tuple[list[Path], list[Path]]:
    """The map of each shape, and a file for each morning and shape, in the order of SHAPES."""
    maps = [Path(copyfile(MAPS / f"{shape}.toml", folder / f"{shape}.toml")) for shape in SHAPES]
    files = []
    for morning in mornings(lives, instants):
        for shape in SHAPES:
            files.append(folder / file_name(shape, morning.at))
            put(files[-1], shape, morning.rows[shape])
    return maps, files


def file_name(shape: str, at: datetime) -> str:
    """With the instant, which an export of the workflow has nowhere else."""
    return f"{shape}_{at.astimezone(ZONE):%Y%m%d_%H%M%S}.csv"


def put(path: Path, shape: str, rows: list[Row]) -> None:
    heads = HEADS[shape]
    with path.open("w", encoding=ENCODINGS.get(shape, "utf-8"), newline="") as file:
        writer = csv.DictWriter(file, heads, restval="")
        writer.writeheader()
        writer.writerows(rows)


def _in_order(lives: Iterable[list[Timed]]) -> list[_Step]:
    found = []
    for life in lives:
        number = next(one.fact.external_id for one in life if isinstance(one.fact, NewComplaint))
        ordered = sorted(life, key=lambda one: (one.at, not isinstance(one.fact, Customer | NewComplaint)))
        found += [_Step(number, place, one) for place, one in enumerate(ordered)]
    return sorted(found, key=lambda step: (step.timed.at, step.number, step.place))


def _log_rows(step: _Step, standing: Standing) -> list[Row]:
    """None for a customer, who comes with the complaint."""
    fact = step.timed.fact
    if isinstance(fact, NewComplaint):
        standing.complaint = fact
    standing.take(step.timed)
    if isinstance(fact, Customer):
        return []
    told = {
        "number": step.number,
        "at": _iso(step.timed.at),
        "order": str(step.place),
        "owner": standing.states.get("owner") or "",  # on every row, so that an empty one says nobody
    }
    match fact:
        case NewComplaint():
            return [told | _born(standing)]
        case Observation():
            return [told | _observed(fact)]
        case Survey() | Answer():
            return [told | _survey(standing.surveys[fact.survey_id], standing.answers.get(fact.survey_id))]
        case Attempt():
            return [told | _attempt("attempt", fact) | {"attempt_kind": fact.kind}]


def _observed(seen: Observation) -> Row:
    if seen.field in MILESTONE_FIELDS:
        return {"milestone": seen.field}
    if seen.field in REQUEST_FIELDS:
        row = {"request": str(seen.party_id), f"{seen.field}_at": _iso(seen.happened_at)}
        return row | ({"request_department": seen.value or ""} if seen.field == "requested" else {})
    return {seen.field: seen.value or ""}


def _stands(standing: Standing) -> Row:
    row = {"number": standing.complaint.external_id} | _born(standing)
    for name in STATE_FIELDS:
        if name in standing.states:
            row[name] = standing.states[name] or ""
    row |= {f"{name}_at": _iso(standing.reached.get(name)) for name in REACHED}
    for party in PARTIES:
        if party in standing.requests:
            row |= _request(f"co_owner_{party}", standing.requests[party])
    if standing.survey is not None:
        row |= _survey(standing.survey, standing.answer)
    for kind, attempt in standing.attempts.items():
        row |= _attempt(KINDS[kind], attempt)
    return row


def _since(standing: Standing) -> Row:
    return {f"{name}_since": _iso(at) for name, at in standing.since.items()}


def _born(standing: Standing) -> Row:
    complaint, customer = standing.complaint, standing.customer
    row = {
        "received_at": _iso(complaint.received_at),
        "title": complaint.title or "",
        "body": complaint.body or "",
        "customer": complaint.customer or "",
    }
    if customer is not None:
        row |= {"name": customer.name or "", "phone": customer.phone or "", "value": customer.value or ""}
    return row


def _request(name: str, request: Request) -> Row:
    return {f"{name}_department": request.department or ""} | {
        f"{name}_{step}_at": _iso(at) for step, at in request.steps.items()
    }


def _survey(survey: Survey, answer: Answer | None) -> Row:
    row = {
        "survey": str(survey.survey_id),
        "survey_channel": survey.channel,
        "survey_sent_at": _iso(survey.sent_at),
    }
    if answer is None:
        return row
    row |= {f"score_{place}": str(score) for place, score in enumerate(answer.scores, 1)}
    return row | {
        "survey_answered_at": _iso(answer.answered_at),
        "nps": "" if answer.nps is None else str(answer.nps),
    }


def _attempt(name: str, attempt: Attempt) -> Row:
    return {
        name: attempt.attempt_key,
        f"{name}_at": _iso(attempt.attempted_at),
        f"{name}_episode": str(attempt.episode),
        f"{name}_outcome": attempt.outcome,
        f"{name}_agent": attempt.agent or "",
        f"{name}_again_at": _iso(attempt.call_again_at),
    }


def _workflow(standing: Standing) -> Row:
    reached, pause = standing.reached, standing.pause
    branch = standing.requests.get(1, Request())
    is_hung = pause is not None and pause.ended_at is None
    return {
        "工单编号": standing.complaint.external_id,
        "投诉时间": _packed(standing.complaint.received_at),
        "诉求标题": standing.complaint.title or "",
        "级别": {"1": "一级", "2": "二级", "3": "三级"}.get(standing.states.get("tier") or "", ""),
        "地市": standing.states.get("region") or "",
        "省公司接单时间": _packed(reached.get("first_contact")),
        "省公司提交时间": _packed(branch.steps.get("requested")),
        "分公司处理部门": branch.department or "",
        "分公司接单时间": _packed(branch.steps.get("responded")),
        "分公司提交时间": _packed(branch.steps.get("opinion")),
        "分公司是否挂起": "是" if is_hung else "否",
        "分公司申请挂起时间": _packed(pause.began_at) if pause else "",
        "分公司挂起时长": _hung_for(standing),
        "答复时间": _packed(reached.get("answered")),
        "是否闭环": "是" if standing.is_over else "否",  # what is re-opened loses its ends
        "闭环时间": _packed(reached.get("resolved")) if standing.is_over else "",
        "归档时间": _packed(reached.get("closed")) if standing.is_over else "",
        "满意度评分": str(standing.answer.scores[0]) if standing.answer else "",
    }


def _hung_for(standing: Standing) -> str:
    """Minutes, as a decimal number that is exact to the second."""
    pause = standing.pause
    if pause is None or pause.ended_at is None:
        return ""
    return f"{(pause.ended_at - pause.began_at).total_seconds() / 60:.4f}"


def _iso(at: datetime | None) -> str:
    return at.astimezone(ZONE).isoformat() if at else ""


def _packed(at: datetime | None) -> str:
    return f"{at.astimezone(ZONE):%Y%m%d%H%M%S}" if at else ""


_ATTEMPT = ("", "_at", "_episode", "_outcome", "_agent", "_again_at")
_SURVEY = ("survey", "survey_channel", "survey_sent_at", "survey_answered_at")
_SCORED = (*(f"score_{place}" for place in SCORES), "nps")
_BORN = ("received_at", "title", "body", "customer", "name", "phone", "value")
_TABLE = (
    "number",
    *_BORN,
    *STATE_FIELDS,
    *(f"{name}_at" for name in REACHED),
    *(
        f"co_owner_{party}_{column}"
        for party in PARTIES
        for column in ("department", *(f"{step}_at" for step in REQUEST_FIELDS))
    ),
    *_SURVEY,
    *_SCORED,
    *(f"{name}{end}" for name in KINDS.values() for end in _ATTEMPT),
)
HEADS = {
    "log": (
        *("number", "at", "order", *_BORN, *STATE_FIELDS, "milestone", "request", "request_department"),
        *(f"{step}_at" for step in REQUEST_FIELDS),
        *(*_SURVEY, *_SCORED, "attempt_kind", *(f"attempt{end}" for end in _ATTEMPT)),
    ),
    "snapshot": ("exported_at", *_TABLE, *(f"{name}_since" for name in STATE_FIELDS)),
    "workflow": (
        *("工单编号", "投诉时间", "诉求标题", "级别", "地市", "省公司接单时间", "省公司提交时间"),
        *("分公司处理部门", "分公司接单时间", "分公司提交时间", "分公司是否挂起", "分公司申请挂起时间"),
        *("分公司挂起时长", "答复时间", "是否闭环", "闭环时间", "归档时间", "满意度评分"),
    ),
    "delta": ("updated_at", *_TABLE),
}
