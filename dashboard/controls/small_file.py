"""Dropping a small table on a page: what it is asked for, and why one cannot be read."""

from html import escape

import streamlit as st

from config.small_tables import MOST_BYTES, MOST_ROWS, NoTable, SmallTable, read_table
from dashboard.locale import _
from dashboard.locale.shown import listed, number
from queries.sheets import MissingColumns

# Streamlit's own words in the box are English only.
WORDS = """<style>
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"] * {{ display: none; }}
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"]::after {{ content: "{drop}"; font-size: .9rem; color: var(--quiet); }}
.st-key-{key} [data-testid="stFileUploaderDropzone"] button {{ font-size: 0; }}
.st-key-{key} [data-testid="stFileUploaderDropzone"] button * {{ display: none; }}
.st-key-{key} [data-testid="stFileUploaderDropzone"] button::after {{ content: "{choose}"; font-size: .9rem; }}
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
