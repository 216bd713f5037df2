"""The words of facts, one list each: what a policy counts, what a map may say and what the database holds."""

from typing import Literal, get_args

OpenStatus = Literal["received", "in_progress", "waiting_customer", "waiting_co_owner"]
Status = Literal[OpenStatus, "resolved", "closed", "withdrawn"]
STATUSES: tuple[str, ...] = get_args(Status)
OPEN_STATUSES = frozenset(get_args(OpenStatus))

# Of the complaint itself, beside its status.
Step = Literal["first_contact", "plan", "verification_started", "feedback", "answered"]
MILESTONE_FIELDS: tuple[str, ...] = get_args(Step)

# What meets a target; "callback": the resolved complaints of the source are called back (3+7).
MetBy = Literal[Step, "resolved", "responded", "opinion"]
Milestone = Literal[MetBy, "callback"]
ALL_MILESTONES: tuple[str, ...] = get_args(Milestone)

# Where a complaint can get to at an instant.
Reachable = Literal[
    Step, "in_progress", "waiting_customer", "waiting_co_owner", "resolved", "closed", "withdrawn", "reopened"
]

RequestStep = Literal["requested", "responded", "opinion", "cancelled"]
REQUEST_FIELDS: tuple[str, ...] = get_args(RequestStep)

# By which a customer complains; a source may bring others, which are shown as they come.
CHANNELS = ("phone", "app", "website", "wechat", "branch", "online_message", "social_media")

CALLBACKS = ("confirm_solved", "experience", "dissatisfied")
Retried = Literal["no_answer", "wrong_number", "call_later"]  # after which somebody calls again
RETRIED: tuple[Retried, ...] = get_args(Retried)
Outcome = Literal["confirmed", "not_solved", "refused", Retried]
OUTCOMES: tuple[str, ...] = get_args(Outcome)
