"""The columns of a file with what each is taken for, and the questions that only a person can answer."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from config.source_maps.proposal import Answers, FoundColumn, Proposal, Proposed, Question
from config.source_maps.proposed_map import fields_of, keys_of, questions_of
from dashboard.controls.columns import plain
from dashboard.locale import _, pgettext
from dashboard.locale.shown import listed, number, percent
from dashboard.parts import Column, listing
from dashboard.views.imports import words

UNUSED = ""
PROPOSED = "proposed"
# What is chosen of an upload, in the session.
MAP, SOURCE, COLUMN, QUESTION = (f"import_{name}_{{}}" for name in ("map", "source", "column", "question"))
FEW = 8  # choices that are shown side by side


def answers(upload_id: int, proposal: Proposal) -> Answers:
    """What is chosen on the page by now."""
    chosen = {
        one.id: value
        for one in questions_of(proposal, _by_columns(upload_id, proposal))
        if (value := st.session_state.get(_question_key(upload_id, one))) is not None
    }
    given = _by_columns(upload_id, proposal)
    return given.model_copy(update={"chosen": given.chosen | chosen, "source": _source(upload_id)})


def _source(upload_id: int) -> str | None:
    return str(st.session_state.get(SOURCE.format(upload_id), "")).strip() or None


def stay(key: str, default: str) -> None:
    """Before its widget is drawn: written anew, a choice is also shown after it was out of sight."""
    st.session_state[key] = st.session_state.get(key, default)


def remember(upload_id: int) -> None:
    """While what was chosen is not on the page, Streamlit would forget it."""
    kept = tuple(name.format(upload_id) for name in (MAP, SOURCE, COLUMN, QUESTION))
    for key in list(st.session_state):
        if str(key) in kept or str(key).startswith(tuple(f"{one}_" for one in kept)):
            st.session_state[key] = st.session_state[key]


def restore(upload_id: int, proposal: Proposal, given: Mapping[str, Any]) -> None:
    """What was chosen for the last try, in another session."""
    state = st.session_state
    if "answers" not in given:
        kind = "kept" if "kept" in given else "name"
        state[MAP.format(upload_id)] = f"{kind}:{given.get(kind, '')}"
        return
    chosen = Answers.model_validate(given["answers"])
    state[MAP.format(upload_id)] = PROPOSED
    if chosen.source:
        state[SOURCE.format(upload_id)] = chosen.source
    wanted = {name: key for key, name in chosen.columns.items() if name}
    left_out = {key for key, name in chosen.columns.items() if not name}
    for one, value in chosen.chosen.items():
        state[f"{QUESTION.format(upload_id)}_{one}"] = value
    for column in proposal.columns:
        if column.name in wanted or meaning_of(upload_id, proposal, column) in left_out:
            state[_column_key(upload_id, proposal, column)] = wanted.get(column.name, UNUSED)


def _by_columns(upload_id: int, proposal: Proposal) -> Answers:
    """Of the columns alone."""
    moved: dict[str, str] = {}
    for column in proposal.columns:
        wanted = st.session_state.get(_column_key(upload_id, proposal, column))
        now = meaning_of(upload_id, proposal, column)
        if wanted is None or wanted == now:
            continue
        if now:
            moved.setdefault(now, "")
        if wanted:
            moved[wanted] = column.name
    return Answers(chosen={"rows": _rows(upload_id, proposal)}, columns=moved)


def _column_key(upload_id: int, proposal: Proposal, column: FoundColumn) -> str:
    return f"{COLUMN.format(upload_id)}_{_rows(upload_id, proposal)}_{column.place}"


def _question_key(upload_id: int, one: Question) -> str:
    return f"{QUESTION.format(upload_id)}_{one.id}"


def _rows(upload_id: int, proposal: Proposal) -> str:
    """The kind of rows, which decides which fields there are."""
    return str(st.session_state.get(f"{QUESTION.format(upload_id)}_rows") or proposal.rows)


def fields_with(upload_id: int, proposal: Proposal, column: FoundColumn) -> list[Proposed]:
    of_rows = Answers(chosen={"rows": _rows(upload_id, proposal)})
    return [one for one in fields_of(proposal, of_rows) if column.name in one.value.read]


def meaning_of(upload_id: int, proposal: Proposal, column: FoundColumn) -> str:
    """The key that it is proposed for first; empty: none."""
    found = fields_with(upload_id, proposal, column)
    return found[0].key if found else UNUSED


def columns(upload_id: int, proposal: Proposal) -> None:
    """Those that are not certain by themselves, all others folded."""
    unsure = [one for one in proposal.columns if _is_unsure(upload_id, proposal, one)]
    certain = [one for one in proposal.columns if one not in unsure]
    if unsure:
        st.caption(_("Please check what these columns are:"))
        _selects(upload_id, proposal, unsure)
    with st.expander(
        _("All columns and what they are taken for ({n})").format(n=number(len(proposal.columns)))
    ):
        listing(proposal.columns, _shown(upload_id, proposal))
        st.caption(_("Change one:"))
        _selects(upload_id, proposal, certain)


def _is_unsure(upload_id: int, proposal: Proposal, column: FoundColumn) -> bool:
    found = fields_with(upload_id, proposal, column)
    return any(not one.certain for one in found)


def _shown(upload_id: int, proposal: Proposal) -> tuple[Column, ...]:
    def meaning(one: FoundColumn) -> str:
        return listed(words.key(field.key) for field in fields_with(upload_id, proposal, one)) or _(
            "not used"
        )

    def why(one: FoundColumn) -> str:
        found = fields_with(upload_id, proposal, one)
        return words.why(found[0].reason) if found else "–"

    return (
        Column(_("Column"), lambda one: one.name),
        Column(
            _("Taken for"), meaning, tone=lambda one: "warn" if _is_unsure(upload_id, proposal, one) else ""
        ),
        Column(_("Because"), why),
        Column(_("Kind"), lambda one: words.kind(one.kind)),
        Column(_("Filled"), lambda one: percent(one.filled), number=True),
        plain(_("Samples, masked"), lambda one: listed(one.samples)),
    )


def _selects(upload_id: int, proposal: Proposal, shown: Sequence[FoundColumn]) -> None:
    keys = keys_of(_rows(upload_id, proposal))
    places = st.columns(3)
    for place, column in enumerate(shown):
        now = meaning_of(upload_id, proposal, column)
        options = [UNUSED, *dict.fromkeys([*([now] if now else []), *keys])]
        stay(_column_key(upload_id, proposal, column), now)
        places[place % 3].selectbox(
            column.name,
            options,
            format_func=lambda code: words.key(code) if code else _("not used"),
            key=_column_key(upload_id, proposal, column),
            help=listed(column.samples) or None,
        )


def questions(upload_id: int, proposal: Proposal) -> None:
    """Those that are not certain; the others folded with their answers."""
    asked = questions_of(proposal, answers(upload_id, proposal))
    open_ones = [one for one in asked if not one.certain]
    certain = [one for one in asked if one.certain]
    for one in open_ones:
        _ask(upload_id, one)
    if certain:
        with st.expander(
            pgettext("import", "Answered by the file itself ({n})").format(n=number(len(certain)))
        ):
            for one in certain:
                _ask(upload_id, one)


def _ask(upload_id: int, one: Question) -> None:
    values = [choice.value for choice in one.choices]
    by_value = {choice.value: choice for choice in one.choices}
    if one.default not in by_value:
        values = [one.default, *values]

    def shown(value: str) -> str:
        return words.choice(one, by_value[value]) if value in by_value else value

    label, key = words.question(one), _question_key(upload_id, one)
    stay(key, one.default)
    if len(values) <= FEW and one.code in ("rows", "complete", "day_first", "length_unit", "callbacks"):
        st.radio(label, values, format_func=shown, key=key, horizontal=True)
    else:
        st.selectbox(
            label,
            values,
            format_func=shown,
            key=key,
            accept_new_options=one.free,
        )
