"""What a row of a file can tell of a complaint, its tables in a map: each key with what it means."""

from typing import Literal, Self

from pydantic import Field, model_validator

from config.source_maps.values import Score, Spec, StateValue, Table, Value
from config.vocabulary import CALLBACKS, MILESTONE_FIELDS, OUTCOMES, REQUEST_FIELDS, STATUSES

WAITING = ("waiting_customer", "waiting_co_owner")
TIERS = ("1", "2", "3")
UPDATE_MILESTONES = (*MILESTONE_FIELDS, "resolved", "closed", "withdrawn", "reopened")


def check_words(spec: Spec | None, what: str, known: tuple[str, ...]) -> None:
    """Raises ValueError where the results of `translate` or the constant are none of the known words."""
    if spec is None:
        return
    for result in [*spec.translate.values(), *([spec.constant] if spec.constant is not None else [])]:
        if result not in known:
            raise ValueError(f"'{result}' is no {what}; known are {', '.join(known)}")


class Complaint(Table):
    """Who it is, when it came, and its words."""

    number: Value = Field(
        description="The source's own number of the complaint. It stays text: leading zeros and 18 "
        "digits are kept, and a number that a spreadsheet has rounded (2.0E+17) is refused.",
        examples=["工单编号"],
    )
    received_at: Value | None = Field(
        default=None,
        description="When it was received. A file that only adds to complaints which another brings "
        "needs none.",
        examples=["受理时间"],
    )
    title: Value | None = Field(default=None, description="Its title.", examples=["诉求标题"])
    body: Value | None = Field(default=None, description="Its text.", examples=["诉求内容"])
    parent: Value | None = Field(
        default=None,
        description="The number of the complaint into which it was merged: its clocks end, and the other "
        "shows it.",
        examples=["主单编号"],
    )
    who: Value | None = Field(default=None, description="5W1H: who is concerned.", examples=["投诉人"])
    when: Value | None = Field(
        default=None, description="5W1H: when it happened, in words.", examples=["发生时间"]
    )
    where: Value | None = Field(default=None, description="5W1H: where it happened.", examples=["发生地点"])
    what: Value | None = Field(default=None, description="5W1H: what happened.", examples=["发生何事"])
    why: Value | None = Field(default=None, description="5W1H: why it happened.", examples=["原因"])
    impact: Value | None = Field(
        default=None, description="5W1H: how much it affects.", examples=["影响程度"]
    )
    demand: Value | None = Field(
        default=None, description="What the customer asks for.", examples=["客户诉求"]
    )


class Customer(Table):
    """The customer of the complaint; in a file of customers, the row itself."""

    number: Value = Field(description="The source's own number of the customer.", examples=["客户编号"])
    name: Value | None = Field(default=None, description="Name; shown masked.", examples=["姓名"])
    phone: Value | None = Field(
        default=None,
        description="Telephone, in any way of writing it (+86, spaces, full width); several with / between.",
        examples=["联系电话"],
    )
    address: Value | None = Field(
        default=None, description="Address; shown to nobody but those who may.", examples=["地址"]
    )
    value: Value | None = Field(
        default=None,
        description="The customer's value, a word that the policy may name.",
        examples=["客户等级"],
    )


class State(Table):
    """How things stand: from the statement's instant on, or since `since`; of the first statement, since the
    complaint was received."""

    status: StateValue | None = Field(
        default=None,
        description=f"One of {', '.join(STATUSES)}; other words by `translate`.",
        examples=[{"column": "状态", "translate": {"处理中": "in_progress", "已办结": "closed"}}],
    )
    tier: StateValue | None = Field(
        default=None,
        description="1 urgent, 2 regular, 3 suggestion; other words by `translate`.",
        examples=[{"column": "级别", "translate": {"紧急": "1", "常规": "2", "建议": "3"}}],
    )
    department: StateValue | None = Field(
        default=None, description="The department that leads.", examples=["承办单位"]
    )
    owner: StateValue | None = Field(
        default=None, description="The person who leads: the login.", examples=["处理人"]
    )
    region: StateValue | None = Field(default=None, description="Province or city.", examples=["区域"])
    province: Value | None = Field(
        default=None, description="The parent of `region`, where regions are cities.", examples=["省份"]
    )
    category: StateValue | None = Field(default=None, description="What it is about.", examples=["类别"])
    channel: StateValue | None = Field(default=None, description="How it came.", examples=["受理渠道"])
    product: StateValue | None = Field(
        default=None, description="The product it is about.", examples=["产品"]
    )
    promised: StateValue | None = Field(
        default=None,
        description="The instant that the source itself promised; a day alone ends with it.",
        examples=["承诺时限"],
    )

    @model_validator(mode="after")
    def _known_results(self) -> "State":
        check_words(self.status, "status", STATUSES)
        check_words(self.tier, "tier", TIERS)
        if self.province is not None and self.region is None:
            raise ValueError("'province' needs 'region', whose parent it is")
        if self.status is not None and self.status.told:
            raise ValueError("a status cannot be nobody or nothing: leave out empty = 'none' of 'status'")
        return self


class Update(Table):
    """What a row of a log (`rows = "update"`) has besides."""

    happened_at: Value = Field(description="When it happened.", examples=["时间"])
    order: str | None = Field(
        default=None,
        description="A column with a whole number that decides between updates of one instant; then the "
        "order of the rows does.",
        examples=["sys_mod_count"],
    )
    milestone: Value | None = Field(
        default=None,
        description=f"What this row says was reached: {', '.join(UPDATE_MILESTONES)}; other words by "
        "`translate`.",
        examples=[{"column": "activity", "translate": {"首次联系": "first_contact"}, "others": "unsaid"}],
    )

    @model_validator(mode="after")
    def _known_results(self) -> "Update":
        check_words(self.milestone, "milestone", UPDATE_MILESTONES)
        return self


class CoOwner(Table):
    """A request to another department; `[[co_owner]]` for several in a row."""

    number: Value | None = Field(
        default=None,
        description="The request's own number. Without: its place in the map, in a log its department; "
        "requests of different instants are different requests.",
        examples=["协办单号"],
    )
    department: Value | None = Field(
        default=None, description="The department that is asked.", examples=["协办单位"]
    )
    requested_at: Value | None = Field(default=None, description="When it was asked.", examples=["派发时间"])
    responded_at: Value | None = Field(default=None, description="When it responded.", examples=["接单时间"])
    opinion_at: Value | None = Field(
        default=None, description="When it gave its opinion.", examples=["反馈时间"]
    )
    cancelled_at: Value | None = Field(
        default=None, description="When the request was withdrawn.", examples=["撤回时间"]
    )
    step: Value | None = Field(
        default=None,
        description=(
            f"Of a log: which step the row is, in place of the four instants: {', '.join(REQUEST_FIELDS)}."
        ),
        examples=[{"column": "activity", "translate": {"派发协办": "requested"}, "others": "unsaid"}],
    )

    @model_validator(mode="after")
    def _some_step(self) -> "CoOwner":
        check_words(self.step, "step", REQUEST_FIELDS)
        instants = [self.requested_at, self.responded_at, self.opinion_at, self.cancelled_at]
        if self.step is None and not any(instants):
            raise ValueError("give 'requested_at', 'responded_at', 'opinion_at' or 'cancelled_at'")
        return self


class Pause(Table):
    """A wait from an instant to another, or for a length; `[[pause]]` for several in a row. Afterwards the
    complaint is in progress again, if the row tells nothing else."""

    status: Literal["waiting_customer", "waiting_co_owner"] = Field(
        default="waiting_customer", description="For whom it waits.", examples=["waiting_co_owner"]
    )
    begins: Value = Field(alias="from", description="When the wait began.", examples=["申请挂起时间"])
    until: Value | None = Field(
        default=None, description="When it ended, or is to end.", examples=["挂起结束时间"]
    )
    hours: Value | None = Field(
        default=None,
        description="In place of `until`: its length in hours (48), or with units of its own (2天3小时).",
        examples=["挂起时长"],
    )
    minutes: Value | None = Field(
        default=None, description="In place of `until`: its length in minutes.", examples=["挂起分钟数"]
    )

    @model_validator(mode="after")
    def _one_end(self) -> "Pause":
        if sum(one is not None for one in (self.until, self.hours, self.minutes)) > 1:
            raise ValueError("give only one of 'until', 'hours' and 'minutes'")
        return self


class Survey(Table):
    """A survey and its answer; `[[survey]]` for several in a row."""

    number: Value | None = Field(
        default=None,
        description="The survey's own number. Without: its place in the map; in a log, its instant.",
        examples=["问卷编号"],
    )
    channel: Value = Field(
        default=Spec(constant="source"), description="How it was sent.", examples=[{"constant": "sms"}]
    )
    sent_at: Value | None = Field(
        default=None, description="When it was sent; without: when it was answered.", examples=["发送时间"]
    )
    answered_at: Value | None = Field(
        default=None,
        description="When it was answered; without: when it was sent, else when the complaint was "
        "resolved, else the statement's own instant.",
        examples=["评价时间"],
    )
    scores: tuple[Score, ...] = Field(
        default=(),
        description="Its scores of 1 (worst) to 5; the first is the overall one. Words by `translate`.",
        examples=[["满意度评分", "响应速度评分"]],
    )
    nps: Value | None = Field(default=None, description="Would recommend us, 0 to 10.", examples=["推荐意愿"])

    @model_validator(mode="after")
    def _something(self) -> "Survey":
        if self.sent_at is None and not self.scores:
            raise ValueError("give 'scores', or 'sent_at' of surveys that nobody answered")
        return self


class OfCallback(Table):
    kind: Value = Field(
        default=Spec(constant="confirm_solved"),
        description=f"Which callback: {', '.join(CALLBACKS)}.",
        examples=[{"constant": "experience"}],
    )
    episode: Value | None = Field(
        default=None,
        description="1 before the complaint was first re-opened, 2 after that, and so on. Without it, the "
        "instant of the callback tells.",
        examples=["回访轮次"],
    )

    @model_validator(mode="after")
    def _known_kind(self) -> Self:
        check_words(self.kind, "callback", CALLBACKS)
        return self


class Attempt(OfCallback):
    """A callback that was tried; `[[attempt]]` for several in a row."""

    number: Value | None = Field(
        default=None, description="The attempt's own number; without: its instant.", examples=["回访编号"]
    )
    at: Value = Field(description="When the customer was called.", examples=["回访时间"])
    outcome: Value = Field(
        description=f"One of {', '.join(OUTCOMES)}; other words by `translate`.",
        examples=[{"column": "回访结果", "translate": {"已解决": "confirmed", "无人接听": "no_answer"}}],
    )
    agent: Value | None = Field(default=None, description="Who called: the login.", examples=["回访人"])
    call_again_at: Value | None = Field(
        default=None, description="When the customer wants to be called again.", examples=["再次回访时间"]
    )

    @model_validator(mode="after")
    def _known_outcome(self) -> "Attempt":
        check_words(self.outcome, "outcome", OUTCOMES)
        return self


class Booking(OfCallback):
    """A time agreed for a callback; `[[booking]]` for several in a row."""

    number: Value | None = Field(
        default=None, description="The agreement's own number; without: its instant.", examples=["预约编号"]
    )
    starts_at: Value = Field(description="The agreed time.", examples=["预约回访时间"])
    booked_at: Value | None = Field(
        default=None,
        description="When it was agreed; without: the statement's own instant.",
        examples=["预约登记时间"],
    )
    agent: Value | None = Field(default=None, description="Who is to call: the login.", examples=["回访人"])
