"""A proposed map as a TOML file, each key with the reason for it, and the columns that it leaves out."""

import json
import re
from collections.abc import Iterator
from typing import Any

from config.source_maps.keys import DOCUMENT
from config.source_maps.proposal import MANY, Answers, Proposal
from config.source_maps.proposed_map import complete_parts, fields_of, raw_map

WIDEST = 100  # of a line, from which on a table stands below
BARE = re.compile(r"[A-Za-z0-9_-]+")
SAID = {
    "source": "the same in all maps of this source",
    "rows": "how a complaint stood when the file was made, or something that happened to one",
    "time_zone": "whose time an instant without offset is",
    "dates": "tried in order",
    "milestones": "what the source reports; a target that is met by anything else gets no deadline",
    "encoding": "found in the file",
    "delimiter": "found in the file",
    "sheet": "of several",
    "header_row": "the row that names the columns",
    "nulls": "cells that count as empty",
    "as_of_name": "when the file was made, as its name tells",
    "complete": "what an earlier file had and this one lacks has vanished",
}
Comments = dict[tuple[str, int, str], str]


def written_map(proposal: Proposal, answers: Answers = Answers()) -> str:  # noqa: B008 - frozen
    """Reads back as `build_map` makes it."""
    raw = raw_map(proposal, answers)
    fields = complete_parts(fields_of(proposal, answers))
    comments = {(one.part, one.number, one.field): str(one.reason) for one in fields}
    lines = [f"# {line}" for line in _found(proposal)]
    lines += _values(raw, {("", 1, name): said for name, said in SAID.items()} | comments, "", 1)
    for name, value in raw.items():
        if name in MANY:
            for number, table in enumerate(value, 1):
                lines += ["", f"[[{name}]]", *_values(table, comments, name, number)]
        elif isinstance(value, dict) and _is_part(raw, name):
            lines += ["", f"[{name}]", *_values(value, comments, name, 1)]
    lines += _left_out(raw, proposal)
    return "\n".join(lines) + "\n"


def _found(proposal: Proposal) -> Iterator[str]:
    file = proposal.file
    parts = [file.encoding, file.delimiter and f"delimiter {quoted(file.delimiter)}"]
    parts += [file.sheet and f"sheet {quoted(file.sheet)}", f"{file.rows:,} rows"]
    yield f"Proposed from {file.name}: {', '.join(filter(None, parts))}. {DOCUMENT} explains every key."


def _is_part(raw: dict[str, Any], name: str) -> bool:
    """A table of its own, and not a value such as as_of."""
    return not {"column", "columns", "constant"}.intersection(raw[name])


def _values(table: dict[str, Any], comments: Comments, part: str, number: int) -> Iterator[str]:
    """Values on a line of their own; then those that are too long for one, as tables."""
    below: list[str] = []
    for name, value in table.items():
        if isinstance(value, list) and value and isinstance(value[0], dict) and not part:
            continue
        if isinstance(value, dict) and not part and _is_part(table, name):
            continue
        why = _why(comments, part, number, name)
        line = f"{key(name)} = {toml(value)}"
        if isinstance(value, dict) and len(line) > WIDEST:
            below.append(f"{part}.{name}" if part else name)
        else:
            yield from _said(line, why)
    for path in below:
        name = path.rpartition(".")[2]
        yield from _long(path, table[name], _why(comments, part, number, name))


def _why(comments: Comments, part: str, number: int, name: str) -> str:
    if name == "scores":
        name = "scores.1"
    return comments.get((part, number, name), "").replace("\n", " ")


def _said(line: str, why: str) -> Iterator[str]:
    """With its reason beside it, or above where that is too long."""
    if not why:
        yield line
    elif len(line) + len(why) > WIDEST:
        yield from (f"# {why}", line)
    else:
        yield f"{line}  # {why}"


def _long(path: str, value: dict[str, Any], why: str) -> Iterator[str]:
    yield ""
    yield from _said(f"[{path}]", why)
    for name, one in value.items():
        if not isinstance(one, dict):
            yield f"{key(name)} = {toml(one)}"
    for name, one in value.items():
        if isinstance(one, dict):
            yield ""
            yield f"[{path}.{key(name)}]"
            yield from (f"{key(word)} = {toml(meant)}" for word, meant in one.items())


def _left_out(raw: dict[str, Any], proposal: Proposal) -> Iterator[str]:
    read = set(_read(raw))
    unused = [one for one in proposal.columns if one.name not in read]
    if unused:
        yield ""
        yield "# Columns that it leaves out:"
    for one in unused:
        yield f"#   {' '.join(one.name.split())} ({one.kind.replace('_', ' ')}, {one.filled:.0%} filled)"


def _read(value: Any) -> Iterator[str]:
    """Every text of the map; columns are among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _read(one)
    elif isinstance(value, list):
        for one in value:
            yield from _read(one)


def key(name: str) -> str:
    return name if BARE.fullmatch(name) else quoted(name)


def quoted(text: str) -> str:
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key(name)} = {toml(one)}" for name, one in value.items()) + " }"
    return str(value)
