"""What `board connect` prints."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from config.source_maps.proposal import Answers, FieldValue, FoundColumn, FoundFile, Proposal
from config.source_maps.proposed_map import complete_parts, fields_of
from jobs.commands.import_text import print_summary
from jobs.sources import importing
from jobs.sources.connect.several import Group

BY_NAME = ("named", "named_and_fits")  # what needs no word
FEW_KNOWN = 3  # keys
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def print_look(console: Console, group: Group) -> None:
    proposal = group.proposal
    console.print(Text(", ".join(path.name for path in group.paths), style="bold"), soft_wrap=True)
    console.print(Text(found_in(proposal.file)), soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    for head in ("column", "is", "filled", "values", "becomes", "why"):
        table.add_column(head, overflow="fold", justify="right" if head == "filled" else "left")
    for column in proposal.columns:
        table.add_row(*_row(column, proposal))
    console.print(table)
    if len(complete_parts(fields_of(proposal, Answers()))) < FEW_KNOWN:
        console.print(Text("Little of this is known: is it a file of complaints?", style="yellow"))


def _row(column: FoundColumn, proposal: Proposal) -> tuple[Text, ...]:
    used = [one for one in fields_of(proposal, Answers()) if column.name in _read(one.value)]
    becomes = ", ".join(one.key for one in used)
    why = ", ".join(dict.fromkeys(str(one.reason) for one in used if one.reason.code not in BY_NAME))
    style = "" if all(one.certain for one in used) else "yellow"
    return (
        Text(" ".join(column.name.split())),
        Text(column.kind.replace("_", "/")),
        Text(f"{column.filled:.0%}"),
        Text(", ".join(column.samples[:1] if column.kind == "instant" else column.samples)),
        Text(becomes or "–", style=style if becomes else "dim"),
        Text(why, style=style),
    )


def _read(value: FieldValue) -> tuple[str, ...]:
    return (*value.read, *(value.since.read if value.since else ()))


def found_in(file: FoundFile) -> str:
    """How the file is written, in a sentence."""
    parts = [file.encoding] if file.encoding else []
    if file.delimiter:
        parts.append(f"separated by {DELIMITERS.get(file.delimiter, repr(file.delimiter))}")
    if file.sheet:
        others = [name for name in file.sheets if name != file.sheet]
        parts.append(f"sheet '{file.sheet}'" + (f" (others: {', '.join(others)})" if others else ""))
    if file.kind in ("text", "spreadsheet"):
        parts.append(
            f"columns named in row {file.header_row}" if file.header_row else "no row names the columns"
        )
    rows = f"{file.rows:,} rows" if file.all_rows else f"the first {file.rows:,} rows"
    broken = f"; {file.broken:,} rows could not be separated" if file.broken else ""
    return f"Read as {', '.join(parts)}; {rows} looked at{broken}."


def print_tried(console: Console, summaries: Sequence[importing.Summary], left_out: str) -> None:
    if left_out:
        console.print(Text(f"\nThe import was not tried. {left_out}", style="yellow"), soft_wrap=True)
    for summary in summaries:
        console.print()
        print_summary(summary, console)


def print_next(console: Console, found: Sequence[Group], targets: Sequence[Path]) -> None:
    console.print()
    for group, target in zip(found, targets, strict=True):
        console.print(Text(f"The map is in {target}. To import:"), soft_wrap=True)
        for line in next_commands(group.paths, target):
            console.print(Text(f"    {line}"), soft_wrap=True)


def next_commands(paths: Sequence[Path], target: Path) -> list[str]:
    return [f"board import {shlex.quote(str(path))} --map {shlex.quote(str(target))}" for path in paths]
