"""Dropping a small table on a page: what it is asked for, and why one cannot be read."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from config.small_tables import MOST_BYTES, MOST_ROWS, NoTable, SmallTable, read_table
from dashboard.controls.columns import amount, coded, plain
from dashboard.locale import _, pgettext
from dashboard.locale.shown import listed, number
from dashboard.parts import Column, Tone, listing
from queries.sheets import MissingColumns, Planned, What, Why

SHOWN = 200
ORDER: tuple[What, ...] = ("refused", "new", "changed", "same")

# Streamlit's own words in the box are English only.
WORDS = """<style>
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"] * {{ display: none; }}
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"]::after {{ content: "{drop}";
  font-size: .9rem; color: var(--quiet); }}
.st-key-{key} section [data-testid="stBaseButton-secondary"] {{ font-size: 0; }}
.st-key-{key} section [data-testid="stBaseButton-secondary"] * {{ display: none; }}
.st-key-{key} section [data-testid="stBaseButton-borderlessIcon"] {{ display: none; }}
.st-key-{key} section [data-testid="stBaseButton-secondary"]::after {{ content: "{choose}";
  font-size: .9rem; }}
</style>"""


def dropped(key: str, label: str) -> tuple[str, SmallTable] | None:
    """Name and content of the file in the box; None where there is none that can be read, which is said."""
    turn = st.session_state.setdefault(f"{key}_turn", 0)
    with st.container(key=f"box_{key}"):
        words = {"drop": _("Drop a .csv or .xlsx file here"), "choose": _("Choose a file")}
        st.html(WORDS.format(key=f"box_{key}", **{name: escape(word) for name, word in words.items()}))
        file = st.file_uploader(label, type=["csv", "txt", "tsv", "xlsx"], key=f"{key}_{turn}")
    if file is None:
        return None
    try:
        return file.name, read_table(file.name, file.getvalue())
    except NoTable as refused:
        st.error(
            _reasons()[refused.reason].format(name=file.name, rows=number(MOST_ROWS), mib=MOST_BYTES >> 20)
        )
        return None


def empty(key: str) -> None:
    """The box is empty in the next run."""
    st.session_state[f"{key}_turn"] = st.session_state.get(f"{key}_turn", 0) + 1


def _reasons() -> dict[str, str]:
    return {
        "kind": _("{name} is of a kind that cannot be read here: save it as .csv or .xlsx."),
        "empty": _("{name} has no rows."),
        "large": _("{name} is too large: at most {rows} rows and {mib} MiB."),
        "damaged": _("{name} cannot be read: it is damaged or has a password."),
        "encoding": _("{name} is written neither in UTF-8 nor in GB18030: save it as one of them."),
    }


def missing(name: str, columns: MissingColumns) -> None:
    wanted = listed(f"{one} ({columns.heads[one][-1]})" for one in columns.names)
    st.error(_("{name} lacks these columns: {columns}").format(name=name, columns=wanted))


def draw_plan(rows: Sequence[Planned], code: str) -> None:
    """What each row would do: refused ones first. `code`: the head of what things are known by."""
    labels = _what()
    counted = {what: sum(one.what == what for one in rows) for what in ORDER}
    counts = " · ".join(f"{labels[what]} {number(counted[what])}" for what in ORDER)
    st.markdown(f"**{_('Nothing has been changed yet.')}** {counts}")
    ordered = sorted(rows, key=lambda one: (ORDER.index(one.what), one.row))
    changing = [one for one in ordered if one.what != "same"]
    if changing:
        listing(
            changing[:SHOWN],
            (
                amount(_("Row"), "row"),
                coded(_("What happens"), "what", labels.__getitem__, tone=_tone),
                plain(code, "code"),
                plain(_("Chinese name"), "name_zh"),
                plain(_("English name"), "name_en"),
                Column(_("Why, or what changes"), _explained),
            ),
        )
    if len(changing) > SHOWN:
        st.caption(_("There are more: the first {n} are shown.").format(n=SHOWN))


def _what() -> dict[str, str]:
    return {
        "refused": pgettext("file", "refused"),
        "new": _("new"),
        "changed": _("changed"),
        "same": _("as it is"),
    }


def _tone(one: Planned) -> Tone:
    return "bad" if one.what == "refused" else ""


def _explained(one: Planned) -> str:
    if one.why is not None:
        return why(one.why)
    fields = _fields()
    return listed(fields[name] for name in one.changes)


def _fields() -> dict[str, str]:
    return {
        "name_en": _("English name"),
        "name_zh": _("Chinese name"),
        "parent": _("what it belongs to"),
        "time_zone": _("Time zone"),
        "active_from": _("first day"),
        "active_until": pgettext("organisation", "Last day"),
        "grade": _("Grade"),
        "department": _("Department"),
        "team": _("Team"),
        "scope_regions": _("regions that they see"),
    }


def why(given: Why) -> str:
    """As WHY of queries/sheets.py, for the reader of a page."""
    texts = {
        "row": _("has more cells than the header"),
        "long": _("{name} is longer than {most} characters or unreadable"),
        "empty": _("{name} is empty"),
        "no_name": _("name_zh is empty, and name_en too"),
        "twice": _("{name} “{value}” stands in row {row} already"),
        "unknown": _("{name} “{value}” is not known"),
        "unknown_group": _("{name} “{value}” is not known: tick the box above to make it"),
        "unknown_regions": _("region {value} is not known"),
        "no_regions": _("regions is empty: name the regions that this person may see, or “all”"),
        "no_province": _("parent “{value}” is no province: the tree has provinces and their cities"),
        "no_zone": _("time_zone “{value}” is not known; write such as Europe/Berlin"),
        "no_date": _("{name} “{value}” is no date; write it as 2026-11-30"),
        "years": _("{name} “{value}” is outside the years 1970 to 2199"),
        "before": _("active_to {value} is before active_from {since}"),
        "no_grade": _("grade “{value}” is not known; known are {known}"),
        "other_department": _("team “{value}” belongs to another department than “{department}”"),
    }
    return texts[given.reason].format(**dict(given.names))
