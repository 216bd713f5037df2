"""What `board connect` does: look, ask, try, write."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from config import UserError
from config.settings import Settings
from config.source_maps.proposal import Answers
from config.source_maps.proposed_map import build_map, fields_of, questions_of
from config.source_maps.source_map import SourceMap
from config.source_maps.written_map import written_map
from jobs.commands import connect_text
from jobs.commands.connect_asking import answered
from jobs.commands.import_text import bar
from jobs.sources import importing
from jobs.sources.connect.several import Group, groups
from queries import db

AWAY = "The database could not take it ({}): check that it runs and that `board migrate` was run."


@dataclass(frozen=True, slots=True)
class Wanted:
    """As the command was given. `takes_all`: nothing is asked."""

    files: tuple[Path, ...]
    takes_all: bool
    write: Path | None
    source: str | None
    as_json: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """A dry run of each file, or why there was none."""

    summaries: tuple[importing.Summary, ...] = ()
    left_out: str = ""


def run(settings: Settings, wanted: Wanted) -> None:
    """Raises UserError where a file cannot be read, no map can be made, or it cannot be written."""
    console = Console()
    found = groups(wanted.files, wanted.source)
    targets = _targets(wanted, found)
    if not wanted.as_json:
        for group in found:
            connect_text.print_look(console, group)
    asks = not wanted.takes_all and sys.stdin.isatty()
    given = [answered(console, group.proposal) if asks else Answers() for group in found]
    answers = _of_one_source(found, given)
    maps = [build_map(group.proposal, one) for group, one in zip(found, answers, strict=True)]
    tried = _try(settings, found, maps, wanted.as_json)
    for group, one, target in zip(found, answers, targets, strict=True):
        _write(target, written_map(group.proposal, one))
    if wanted.as_json:
        told = [_told(*parts) for parts in zip(found, answers, _by_group(found, tried), targets, strict=True)]
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        connect_text.print_tried(console, tried.summaries, tried.left_out)
        connect_text.print_next(console, found, targets)


def _of_one_source(found: Sequence[Group], answers: Sequence[Answers]) -> list[Answers]:
    """All maps of a source report the same."""
    maps = [build_map(group.proposal, one) for group, one in zip(found, answers, strict=True)]
    all_reported = tuple(dict.fromkeys(name for one in maps for name in one.milestones))
    return [one.model_copy(update={"also_reported": all_reported}) for one in answers]


def _targets(wanted: Wanted, found: Sequence[Group]) -> list[Path]:
    """Where each map goes. Raises UserError before anything is asked."""
    first = wanted.write or Path(f"{found[0].proposal.source}.toml")
    if first.suffix != ".toml":
        raise UserError(f"{first} is no name of a map: it ends with .toml.")
    others = [first.with_name(f"{first.stem}_{number}.toml") for number in range(2, len(found) + 1)]
    for target in (first, *others):
        if target.exists():
            raise UserError(f"{target} is there already: name another with --write, or remove it.")
    return [first, *others]


def _write(target: Path, text: str) -> None:
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UserError(f"The map cannot be written to {target} ({error.strerror}).") from None


def _try(settings: Settings, found: Sequence[Group], maps: Sequence[SourceMap], quiet: bool) -> Tried:
    """What an import would do; nothing is changed, and no refused row is left behind."""
    try:
        engine = db.engine(settings.url(), settings.database_role, application="board connect")
    except UserError as none:
        return Tried(left_out=str(none))
    key = settings.phone_hash_key.get_secret_value().encode()
    with TemporaryDirectory() as folder:
        orders = [
            importing.Order(one, path, Path(folder) / f"{number}.csv", True, key)
            for number, (group, one) in enumerate(zip(found, maps, strict=True))
            for path in group.paths
        ]
        try:
            with bar(quiet) as progress:
                summaries = importing.import_all(engine, orders, progress)
        except importing.NothingGood as nothing:
            summaries = [nothing.summary]
        except UserError as refused:
            return Tried(left_out=str(refused))
        except (SQLAlchemyError, *db.LOST) as error:
            return Tried(left_out=AWAY.format(db.describe(error)))
        finally:
            engine.dispose()
    return Tried(tuple(map(_without_values, summaries)))


def _without_values(summary: importing.Summary) -> importing.Summary:
    """Examples of reasons are cells of the file, which may be personal."""
    reasons = tuple(replace(one, example="") for one in summary.reasons)
    rejects = tuple(replace(one, reason="") for one in summary.rejects)
    return replace(summary, reasons=reasons, rejects=rejects, rejects_file=None)


def _by_group(found: Sequence[Group], tried: Tried) -> list[Tried]:
    names = [{path.name for path in group.paths} for group in found]
    return [
        replace(tried, summaries=tuple(one for one in tried.summaries if one.file in own)) for own in names
    ]


def _told(group: Group, answers: Answers, tried: Tried, target: Path) -> dict[str, Any]:
    """For programs."""
    return {
        "files": [str(path) for path in group.paths],
        "proposal": group.proposal.model_dump(mode="json"),
        "fields": [one.model_dump(mode="json") for one in fields_of(group.proposal, answers)],
        "questions": [one.model_dump(mode="json") for one in questions_of(group.proposal, answers)],
        "map": str(target),
        "dry_run": [asdict(one) for one in tried.summaries],
        "left_out": tried.left_out,
        "next": connect_text.next_commands(group.paths, target),
    }
