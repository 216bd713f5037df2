"""What the actions of a complaint are called, what each asks for, and why one was not recorded."""

from collections.abc import Callable
from datetime import datetime

from dashboard.controls.names import Names, status, tier
from dashboard.locale import _, pgettext
from dashboard.locale.shown import when
from dashboard.parts import Context
from queries.actions.life import State
from queries.actions.record import LAST_DAYS, LONGEST_TEXT, Why
from queries.pages.complaint import Handler


def title(name: str) -> str:
    titles = {
        "take_over": pgettext("action", "Take over"),
        "first_contact": pgettext("action", "First contact"),
        "plan": pgettext("action", "Plan"),
        "verification_started": pgettext("action", "Verification started"),
        "feedback": pgettext("action", "Progress update"),
        "answered": pgettext("action", "Answer"),
        "wait_customer": pgettext("action", "Wait for the customer"),
        "wait_co_owner": pgettext("action", "Wait for a co-owner"),
        "go_on": pgettext("action", "Go on"),
        "ask": pgettext("action", "Ask a co-owner"),
        "respond": pgettext("action", "Co-owner responded"),
        "opinion": pgettext("action", "Co-owner's opinion"),
        "cancel_request": pgettext("action", "Cancel a request"),
        "resolve": pgettext("action", "Resolve"),
        "close": pgettext("action", "Close"),
        "reopen": pgettext("action", "Reopen"),
        "tier": pgettext("action", "New tier"),
        "department": pgettext("action", "New department"),
        "owner": pgettext("action", "New owner"),
        "merge": pgettext("action", "Merge"),
        "unmerge": pgettext("action", "Undo the merge"),
        "withdraw": pgettext("action", "Withdrawn by customer"),
        "note": pgettext("action", "Note"),
    }
    return titles[name]


def explained(name: str) -> str:
    """Where the title alone does not say what follows."""
    sentences = {
        "take_over": _("You become the owner."),
        "wait_customer": _("The complaint waits for the customer until somebody goes on with it."),
        "wait_co_owner": _("The complaint waits for a co-owner until somebody goes on with it."),
        "department": _("It is handed over: nobody in particular owns it in the new department at first."),
        "resolve": _("Running requests to co-owners end, and the callbacks start."),
        "reopen": _("A new episode begins, with deadlines of its own."),
        "merge": _("Its deadlines end here and run on in the other complaint."),
        "unmerge": _("It is a complaint of its own again."),
        "withdraw": _("The customer withdraws the complaint: it ends without a solution."),
    }
    return sentences.get(name, "")


def text_label(name: str) -> str:
    labels = {
        "plan": _("What is planned"),
        "feedback": _("What the customer was told"),
        "answered": _("What was answered, and why"),
        "ask": _("What they are asked"),
        "opinion": _("What they say"),
        "respond": _("What they say"),
        "resolve": _("Solution"),
        "note": _("What is to be remembered"),
    }
    return labels.get(name, _("Reason"))


def mistake(why: Why, since: datetime | None, ctx: Context) -> str:
    if why == "too_early":
        sentence = _("Not before {time}: what it follows happened then, or it is more than {n} days ago.")
        return sentence.format(time=when(since, ctx.zone), n=LAST_DAYS)
    sentences: dict[str, Callable[[], str]] = {
        "no_text": lambda: _("Write this, too."),
        "long_text": lambda: _("At most {n} characters.").format(n=LONGEST_TEXT),
        "no_value": lambda: _("Choose one."),
        "too_late": lambda: _("This time lies in the future."),
        "no_parent": lambda: _("No complaint with this number in your scope."),
        "own_parent": lambda: _("This is the same complaint."),
        "merged_parent": lambda: _("That complaint was merged into another one itself."),
        "no_owner": lambda: _("This person does not work here any more."),
        "no_department": lambda: _("There is no such department."),
        "not_allowed": lambda: _("Not saved: you no longer have permission for this complaint."),
        "not_offered": lambda: _("Not saved: this can no longer be done, as the complaint is now."),
        "undo_over": lambda: _("Not undone: the minute is over. Record what is right instead."),
        "undo_followed": lambda: _("Not undone: something else was recorded after it."),
    }
    return sentences[why]()


def there_now(
    name: str, state: State, labels: Names, people: dict[int, Handler], shown: Callable[[Handler], str]
) -> str:
    """What somebody else has made of it meanwhile."""
    if name == "tier":
        return _("tier {tier}").format(tier=tier(state.tier))
    if name == "department":
        return labels.department(state.department_id)
    if name in ("owner", "take_over"):
        owner = people.get(state.owner_id or 0)
        return shown(owner) if owner else _("no owner yet")
    if name in state.done:
        return _("already recorded")
    if name in ("respond", "opinion", "cancel_request"):
        return _("the request has moved on")
    return status(state.status)
