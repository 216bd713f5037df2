"""Codes as people read them: regions, departments and targets from the board, the rest from the catalogue."""

from dataclasses import dataclass

from config import lexicon
from config.categories import CATEGORIES
from dashboard.locale import _, language
from dashboard.locale.shown import name
from dashboard.parts import Context
from dashboard.reads import reads
from queries import organisation
from queries.policies import history


@dataclass(frozen=True, slots=True)
class Names:
    regions: dict[int, str]
    departments: dict[int, str]
    targets: dict[str, str]
    calendars: dict[str, str]
    region_codes: dict[int, str]  # as in the URL
    department_codes: dict[int, str]

    def region(self, region_id: int | None) -> str:
        return self.regions.get(region_id or 0) or _("unknown")

    def department(self, department_id: int | None) -> str:
        return self.departments.get(department_id or 0) or _("unknown")

    def target(self, code: str | None) -> str:
        return self.targets.get(code or "") or trigger(code)

    def calendar(self, code: str) -> str:
        return _("around the clock") if code == "always" else self.calendars.get(code, code)


def names(ctx: Context) -> Names:
    """Hardly ever changes: read once a minute. Empty where the database is away."""
    moment = ctx.moment.to_minute()
    regions = reads().read(ctx.scope, moment, organisation.regions).rows or ()
    departments = reads().read(ctx.scope, moment, organisation.departments).rows or ()
    targets = reads().read(ctx.scope, moment, history.target_names).rows or ()
    by_id = {one.region_id: one for one in regions}
    calendars = reads().read(ctx.scope, moment, history.calendar_names).rows or ()
    return Names(
        regions={
            one.region_id: f"{name(by_id[one.parent_id])} · {name(one)}"
            if one.parent_id in by_id
            else name(one)
            for one in regions
        },
        departments={one.department_id: name(one) for one in departments},
        targets={one.code: name(one) for one in targets},
        calendars={one.code: name(one) for one in calendars},
        region_codes={one.region_id: one.code for one in regions},
        department_codes={one.department_id: one.code for one in departments},
    )


def tier(number: int | None) -> str:
    labels = {1: _("1 urgent"), 2: _("2 routine"), 3: _("3 suggestion")}
    return labels.get(number or 0, _("no tier"))


def short_tier(number: int) -> str:
    """As a head or a choice, where English has little room."""
    labels = {1: _("Tier 1"), 2: _("Tier 2"), 3: _("Tier 3")}
    return labels[number]


def level(code: str) -> str:
    labels = {"critical": _("critical"), "warning": _("warning"), "info": _("info")}
    return labels.get(code, code)


def source(code: str) -> str:
    """A connected system has the name that its map gives it."""
    labels = {"simulator": _("Simulator"), "board": _("this board")}
    return labels.get(code, code)


def outlet(code: str) -> str:
    labels = {"webhook": _("Webhook")}
    return labels.get(code, code)


def author(login: str | None) -> str:
    """Who applied a policy version: a person, or the board when it was set up."""
    labels = {"board migrate": _("Set-up of the board")}
    return labels.get(login or "", login or "–")


def status(code: str | None) -> str:
    labels = {
        "received": _("received"),
        "in_progress": _("in progress"),
        "waiting_customer": _("waiting for customer"),
        "waiting_co_owner": _("waiting for co-owner"),
        "resolved": _("resolved"),
        "closed": _("closed"),
        "withdrawn": _("withdrawn"),
        "merged": _("merged"),
        "vanished": _("vanished"),
    }
    return labels.get(code or "", code or "–")


def channel(code: str | None) -> str:
    labels = {
        "phone": _("Phone"),
        "app": _("App"),
        "website": _("Website"),
        "wechat": _("WeChat"),
        "branch": _("Branch"),
        "online_message": _("Online message"),
        "social_media": _("Social media"),
    }
    return labels.get(code or "", code or _("unknown"))


def category(code: str | None) -> str:
    return _labelled(CATEGORIES, code) if code else _("unknown")


def key_issue(code: str | None) -> str:
    return _labelled(lexicon.load().issue_labels, code) if code else _("no problem recognised")


def trigger(code: str | None) -> str:
    return _labelled(lexicon.load().trigger_labels, code) if code else "–"


def _labelled(labels: dict[str, tuple[str, str]], code: str) -> str:
    english, chinese = labels.get(code, (code, code))
    return chinese if language() == "zh" else english


def grade(code: str) -> str:
    labels = {
        "agent": _("Agent"),
        "senior": _("Senior agent"),
        "team_lead": _("Team lead"),
        "supervisor": _("Supervisor"),
        "manager": _("Manager"),
        "scheduler": _("Scheduler"),
        "administrator": _("Administrator"),
    }
    return labels.get(code, code)


def customer_value(code: str | None) -> str:
    labels = {"gold": _("gold customer"), "silver": _("silver customer"), "standard": _("standard customer")}
    return labels.get(code or "", code or "")


def outcome(code: str | None) -> str:
    labels = {
        "confirmed": _("confirmed"),
        "not_solved": _("not solved"),
        "refused": _("refused"),
        "no_answer": _("no answer"),
        "wrong_number": _("wrong number"),
        "call_later": _("call later"),
        "cancelled": _("cancelled"),
        "exhausted": _("given up"),
    }
    return labels.get(code or "", code or "–")
