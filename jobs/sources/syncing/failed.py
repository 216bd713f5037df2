"""Why a source could not be read, as a sentence without values."""

import re
from typing import Any, Literal

from sqlalchemy.exc import DBAPIError

from jobs.failures import Shown

Kind = Literal["away", "slow", "schema", "rights", "setup", "gone", "file"]

# By SQLSTATE (PostgreSQL) or by the driver's own number.
KINDS: dict[str, Kind] = {
    **dict.fromkeys(("42703", "42P01", "42883", "42804", "42846", "3F000"), "schema"),
    **dict.fromkeys(("1054", "1146", "1356", "ORA-00904", "ORA-00942", "ORA-04063", "207", "208"), "schema"),
    **dict.fromkeys(("42501", "28P01", "28000", "1044", "1045", "1142", "1143"), "rights"),
    **dict.fromkeys(("ORA-01017", "ORA-01031", "229", "230", "18456"), "rights"),
    **dict.fromkeys(("57014", "55P03", "1969", "3024", "1205", "ORA-01013", "DPY-4024", "1222"), "slow"),
    **dict.fromkeys(("42601", "1064", "1149", "ORA-00933", "ORA-00936", "102", "156", "1033"), "setup"),
}
QUOTED = re.compile(r"[\"'`“‘«]+([\w.$\"`]+?)[\"'`”’»]+")
WORD = re.compile(r"[\w$]+(?:\.[\w$]+)*")


class SourceFailed(Shown):
    """`kind`: away, slow, schema, rights, setup, gone (too much of it) or file. The text is for people."""

    def __init__(self, kind: Kind, sentence: str) -> None:
        self.kind = kind
        super().__init__(sentence)


def of_driver(error: DBAPIError, query: str, seconds: int) -> SourceFailed:
    """What an error of the source's driver means; `query` and `seconds` are those of the map."""
    code = _code(error.orig)
    kind = KINDS.get(code)
    if kind == "schema":
        name = _named(str(error.orig), query)
        what = f"'{name}' is not there any more, or not what it was" if name else "it is not what it was"
        return SourceFailed("schema", f"The tables of the source have changed: {what} ({code}).")
    if kind == "rights":
        return SourceFailed("rights", f"The source refuses this user what the query reads ({code}).")
    if kind == "slow":
        return SourceFailed("slow", f"The source did not answer within {seconds} s ({code}).")
    if kind == "setup" or not _is_away(error, code):
        return SourceFailed("setup", f"The source refuses the query ({type(error.orig).__name__} {code}).")
    reason = f"{type(error.orig).__name__} {code}".strip()
    return SourceFailed("away", f"The source cannot be reached, or refuses the login ({reason}).")


def _is_away(error: DBAPIError, code: str) -> bool:
    if error.connection_invalidated or not code or code.startswith(("08", "57P", "DPY-")):
        return True
    return type(error.orig).__name__ in ("OperationalError", "InterfaceError")


def _code(origin: Any) -> str:
    """An SQLSTATE, ORA-00904, or the number of a MySQL or SQL Server error; empty where there is none."""
    state = getattr(origin, "pgcode", None)
    if state:
        return str(state)
    first = origin.args[0] if getattr(origin, "args", None) else ""
    full = getattr(first, "full_code", None)
    if full:
        return str(full)
    return str(first) if isinstance(first, int) else ""


def _named(message: str, query: str) -> str | None:
    """What the message names and the query too: a column or a table, in whatever language it is written."""
    first = message.splitlines()[0] if message else ""
    known = {word.lower() for word in WORD.findall(query)}
    known |= {part for word in known for part in word.split(".")}
    for found in (*QUOTED.findall(first), *WORD.findall(first)):
        name = found.replace('"', "").replace("`", "")
        last = name.split(".")[-1]
        if last.lower() in known and last.lower() != "column":
            return str(last)
    return None
