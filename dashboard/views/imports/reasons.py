"""Why rows were refused or kept in part, and why a file could not be taken, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.locale import _
from dashboard.locale.shown import number
from queries.intake import import_tasks


def reasons(found: Sequence[Mapping[str, Any]] | None, shown: int) -> str:
    """The most frequent ones, each with its count."""
    ordered = sorted(found or (), key=lambda one: -one["count"])
    parts = [line(one) for one in ordered[:shown]]
    more = len(ordered) - len(parts)
    return "; ".join([*parts, *([_("{n} other reasons").format(n=number(more))] if more > 0 else [])]) or "–"


def line(one: Mapping[str, Any]) -> str:
    sentence = _("{n} × {column}: {reason}") if one["column"] else _("{n} × {reason}")
    return sentence.format(n=number(one["count"]), column=one["column"], reason=reason(one["reason"]))


def reason(text: str) -> str:
    """As far as it is one of the usual ones (jobs/sources/)."""
    before, form = text.removeprefix("before "), text.removeprefix("is no date of the form ")
    if before != text:
        return _("before {column}").format(column=before)
    if form != text:
        return _("no date of the form {form}").format(form=form)
    usual = {
        "is empty": _("empty"),
        "is a sum row": _("a sum row"),
        "lies in the future": _("in the future"),
        "is before 1970": _("before 1970"),
        "is after 2199": _("after 2199"),
        "is no telephone number": _("no telephone number"),
        "a spreadsheet has rounded this number": _("a spreadsheet has rounded this number"),
        "tells again of a complaint and an instant of an earlier row; the later row counts": _(
            "told of in an earlier row too; the later row counts"
        ),
    }
    return usual.get(text, text)


def problem(text: str | None) -> str:
    """What the job says of a file: the usual sentences in the reader's language."""
    if text is None:
        return "–"
    if text == import_tasks.NEVER_ENDED:
        return _("The job process that did it was ended three times. Look at the jobs, then try again.")
    if text.startswith("None of the "):
        return _("None of its rows could be read, so nothing was imported. Is it the right map?")
    return text
