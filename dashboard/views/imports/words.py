"""The words of a proposed map as people read them: what a column means, why, and what is asked."""

from config.source_maps.proposal import Choice, FoundFile, Question, Reason, key_kind, split_key
from dashboard.controls import names
from dashboard.locale import _, language, pgettext
from dashboard.locale.shown import headed, listed, number


def key(code: str) -> str:
    """Such as state.status, co_owner.2.department, reached.closed."""
    part, place, _field = split_key(code)
    label = _keys().get(key_kind(code), code)
    group = _groups().get(part)
    if group is None:
        return label
    return headed(f"{group} {place}", label)


def _groups() -> dict[str, str]:
    """Of which there may be several."""
    return {
        "co_owner": pgettext("map", "Co-owner"),
        "pause": pgettext("map", "Wait"),
        "survey": pgettext("map", "Survey"),
        "attempt": pgettext("map", "Callback"),
        "booking": pgettext("map", "Agreed callback"),
    }


def _keys() -> dict[str, str]:
    return _of_complaints() | _of_milestones() | _of_parts()


def _of_complaints() -> dict[str, str]:
    return {
        "as_of": pgettext("map", "when the file was made"),
        "updated_at": pgettext("map", "when the row was last changed"),
        "complaint.number": pgettext("map", "number of the complaint"),
        "complaint.received_at": pgettext("map", "received"),
        "complaint.parent": pgettext("map", "number of the complaint it was merged into"),
        "complaint.title": pgettext("map", "title"),
        "complaint.body": pgettext("map", "text"),
        "complaint.who": pgettext("map", "who"),
        "complaint.when": pgettext("map", "when"),
        "complaint.where": pgettext("map", "where"),
        "complaint.what": pgettext("map", "what"),
        "complaint.why": pgettext("map", "why"),
        "complaint.impact": pgettext("map", "impact"),
        "complaint.demand": pgettext("map", "demand"),
        "customer.number": pgettext("map", "customer: number"),
        "customer.name": pgettext("map", "customer: name"),
        "customer.phone": pgettext("map", "customer: phone"),
        "customer.address": pgettext("map", "customer: address"),
        "customer.value": pgettext("map", "customer: value"),
        "state.status": pgettext("map", "status"),
        "state.tier": pgettext("map", "tier"),
        "state.department": pgettext("map", "lead department"),
        "state.owner": pgettext("map", "lead owner"),
        "state.province": pgettext("map", "province"),
        "state.region": pgettext("map", "region"),
        "state.category": pgettext("map", "category"),
        "state.channel": pgettext("map", "channel"),
        "state.product": pgettext("map", "product"),
        "state.promised": pgettext("map", "promised instant"),
    }


def _of_milestones() -> dict[str, str]:
    return {
        "reached.first_contact": pgettext("map", "first contact"),
        "reached.plan": pgettext("map", "plan"),
        "reached.verification_started": pgettext("map", "verification started"),
        "reached.feedback": pgettext("map", "feedback"),
        "reached.answered": pgettext("map", "answered"),
        "reached.in_progress": pgettext("map", "in progress since"),
        "reached.waiting_customer": pgettext("map", "waiting for the customer since"),
        "reached.waiting_co_owner": pgettext("map", "waiting for a co-owner since"),
        "reached.resolved": pgettext("map", "resolved"),
        "reached.closed": pgettext("map", "closed"),
        "reached.withdrawn": pgettext("map", "withdrawn"),
        "reached.reopened": pgettext("map", "re-opened"),
    }


def _of_parts() -> dict[str, str]:
    return {
        "co_owner.number": pgettext("map", "number"),
        "co_owner.department": pgettext("map", "department"),
        "co_owner.requested_at": pgettext("map", "requested"),
        "co_owner.responded_at": pgettext("map", "responded"),
        "co_owner.opinion_at": pgettext("map", "opinion given"),
        "co_owner.cancelled_at": pgettext("map", "cancelled"),
        "co_owner.step": pgettext("map", "step"),
        "pause.from": pgettext("map", "began"),
        "pause.until": pgettext("map", "ended"),
        "pause.hours": pgettext("map", "hours"),
        "pause.minutes": pgettext("map", "minutes"),
        "survey.number": pgettext("map", "number"),
        "survey.channel": pgettext("map", "channel"),
        "survey.sent_at": pgettext("map", "sent"),
        "survey.answered_at": pgettext("map", "answered"),
        "survey.scores": pgettext("map", "score"),
        "survey.nps": pgettext("map", "recommendation 0–10"),
        "attempt.number": pgettext("map", "number"),
        "attempt.kind": pgettext("map", "kind"),
        "attempt.episode": pgettext("map", "episode"),
        "attempt.at": pgettext("map", "called"),
        "attempt.outcome": pgettext("map", "outcome"),
        "attempt.agent": pgettext("map", "caller"),
        "attempt.call_again_at": pgettext("map", "call again"),
        "booking.number": pgettext("map", "number"),
        "booking.kind": pgettext("map", "kind"),
        "booking.episode": pgettext("map", "episode"),
        "booking.booked_at": pgettext("map", "agreed"),
        "booking.starts_at": pgettext("map", "agreed for"),
        "booking.agent": pgettext("map", "caller"),
        "update.happened_at": pgettext("map", "when it happened"),
        "update.milestone": pgettext("map", "what happened"),
        "update.order": pgettext("map", "order"),
    }


def kind(code: str) -> str:
    labels = {
        "instant": pgettext("map", "day and time"),
        "day": pgettext("map", "day"),
        "time": pgettext("map", "time of day"),
        "number": pgettext("map", "figure"),
        "length": pgettext("map", "duration"),
        "id": pgettext("map", "identifier"),
        "name": pgettext("map", "name"),
        "phone": pgettext("map", "phone number"),
        "yes_no": pgettext("map", "yes or no"),
        "choice": pgettext("map", "few values"),
        "text": pgettext("map", "words"),
        "empty": pgettext("map", "empty"),
    }
    return labels.get(code, code)


def why(one: Reason) -> str:
    labels = {
        "named": pgettext("map", "by its name"),
        "named_and_fits": pgettext("map", "by its name and its values"),
        "looks_like": pgettext("map", "by its values"),
        "unique": pgettext("map", "no two rows have the same value"),
        "first_instant": pgettext("map", "the earliest instant of most rows"),
        "two_columns": pgettext("map", "day and time stand in two columns"),
        "joined": pgettext("map", "these columns together tell rows apart"),
        "no_other": pgettext("map", "no other column tells who the customer is"),
        "first_words": pgettext("map", "the first words of the text"),
        "ask_which": pgettext("map", "one of several that could be it"),
        "constant": pgettext("map", "by the names of the columns"),
        "by_hand": pgettext("map", "chosen by hand"),
    }
    return labels.get(one.code) or str(one)


def question(one: Question) -> str:
    texts = {
        "time_zone": _("In which time zone is the source?"),
        "rows": _("{repeated} of {rows} rows have a number that another row has too. What is a row?"),
        "complete": _("Does each such file hold every complaint that the source has?"),
        "which_column": _("Which column is {key}?"),
        "value": _("What does “{value}” in “{column}” mean ({rows} rows)?"),
        "day_first": _("Is {sample} in “{column}” day/month or month/day?"),
        "length_unit": _("In which unit is “{column}”?"),
        "callbacks": _(
            "Are customers of this source called after 3 and 7 days, so that the board schedules it?"
        ),
    }
    said = texts.get(one.code)
    named = {"key": key(one.key)} if one.code == "which_column" else {}
    return said.format(**{**one.parameters, **named}) if said else str(one)


def choice(of: Question, one: Choice) -> str:
    """As the field shows it."""
    if one.label:
        return one.label
    labels = {
        "complaint": _("a complaint as it stands"),
        "update": _("something that happened to a complaint"),
        "yes": _("yes"),
        "no": _("no"),
        "": _("leave it out"),
        "day_first": _("day first"),
        "month_first": _("month first"),
        "hours": pgettext("map", "hours"),
        "minutes": pgettext("map", "minutes"),
    }
    if of.code != "value" or not one.value:
        return labels.get(one.value, one.value)
    return meant(key_kind(of.key), one.value)


def meant(kind_of_key: str, value: str) -> str:
    """A word of the board in a field of a map."""
    if kind_of_key == "state.tier":
        return names.tier(int(value))
    words = {"state.status": names.status, "state.channel": names.channel, "attempt.outcome": names.outcome}
    if kind_of_key in words:
        return words[kind_of_key](value)
    if kind_of_key in ("attempt.kind", "booking.kind"):
        return _callbacks()[value]
    found = _keys()
    return (
        found.get(f"reached.{value}")
        or found.get(f"co_owner.{value}_at")
        or found.get(f"co_owner.{value}", value)
    )


def _callbacks() -> dict[str, str]:
    return {
        "confirm_solved": _("3-day callback"),
        "experience": _("7-day callback"),
        "dissatisfied": _("Second follow-up"),
    }


def separator(character: str) -> str:
    labels = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("vertical bar")}
    return labels.get(character, character)


def file(found: FoundFile) -> str:
    """How it is written, in one line."""
    parts = []
    if found.encoding:
        parts.append(headed(_("encoding"), found.encoding))
    if found.delimiter:
        parts.append(headed(_("separator"), separator(found.delimiter)))
    if found.sheet:
        parts.append(headed(_("sheet"), found.sheet))
    if found.kind in ("text", "spreadsheet"):
        heads = number(found.header_row) if found.header_row else _("none")
        parts.append(headed(_("row of heads"), heads))
    rows = _("{n} rows") if found.all_rows else _("first {n} rows looked at")
    parts.append(rows.format(n=number(found.rows)))
    if found.broken:
        parts.append(_("{n} rows that could not be separated").format(n=number(found.broken)))
    return (" · " if language() == "en" else "；").join(parts) if parts else listed(())
