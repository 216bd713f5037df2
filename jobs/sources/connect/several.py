"""Several files of one source: those with the same columns have one map, the others a map each."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from config.source_maps.file import FileFormat
from config.source_maps.proposal import Count, FoundColumn, Proposal
from jobs.sources.connect.kinds import MOST_CHOICES
from jobs.sources.connect.looking import Looked, look
from jobs.sources.connect.proposing import propose, source_name


@dataclass(frozen=True, slots=True)
class Group:
    """Files that one map reads."""

    paths: tuple[Path, ...]
    proposal: Proposal


def groups(paths: Sequence[Path], source: str | None = None) -> list[Group]:
    """`source`: its short name; without, from the name of the first file. Raises FileRefused."""
    name = source or source_name(paths[0].name)
    by_head: dict[frozenset[str], list[tuple[Path, Looked]]] = {}
    for path in paths:
        looked = look(path)
        by_head.setdefault(frozenset(one.name for one in looked.columns), []).append((path, looked))
    return [_group(files, name) for files in by_head.values()]


def _group(files: list[tuple[Path, Looked]], source: str) -> Group:
    """By the longest of them, with the words of all."""
    paths = tuple(path for path, _looked in files)
    longest = max((looked for _path, looked in files), key=lambda one: one.file.rows)
    forms = {looked.file.form.model_dump_json() for _path, looked in files}
    form = longest.file.form if len(forms) == 1 else FileFormat(sheet=longest.file.form.sheet)
    looks = [looked for _path, looked in files]
    columns = tuple(_with_all_words(column, looks) for column in longest.columns)
    file = longest.file.model_copy(update={"form": form})
    proposal = propose(replace(longest, file=file, columns=columns), source)
    expression = proposal.as_of_name
    if expression and not all(re.search(expression, path.name) for path in paths):
        proposal = proposal.model_copy(update={"as_of_name": None})
    return Group(paths, proposal)


def _with_all_words(column: FoundColumn, looks: list[Looked]) -> FoundColumn:
    """Only where every file has few of them: elsewhere a value may be a person's."""
    same = [one for looked in looks for one in looked.columns if one.name == column.name]
    if len(same) < 2 or not all(one.choices or one.kind == "empty" for one in same):
        return column
    rows, counts = Counter[str](), dict[str, Count]()
    for one in same:
        for count in one.choices:
            rows[count.value] += count.rows
            counts[count.value] = count
    merged = tuple(
        counts[value].model_copy(update={"rows": number}) for value, number in rows.most_common(MOST_CHOICES)
    )
    return column.model_copy(update={"choices": merged})
