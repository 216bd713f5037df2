"""When a file was made: of which instant its rows tell, where they do not say so themselves."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config import UserError
from config.instants import YEARS, is_believed
from config.source_maps.source_map import AnyMap, SourceMap
from jobs.sources.rows.columns import AHEAD, Columns
from jobs.sources.rows.instants import NoInstant, Read, reader
from jobs.sources.rows.mapping import Stated


def made_at(source: AnyMap, path: Path, given: str | None, now: datetime) -> Stated:
    """What was given by hand, else what the file's name says, else when it was last changed. A day alone
    is its end, as far as that is past. Raises UserError."""
    columns = Columns(source, [], now)
    if given is not None:
        what = f"--as-of {given}"
        return Stated(columns.by_now(_read(given, ("iso",), source, now, what)), by_hand=True)
    if isinstance(source, SourceMap) and source.as_of_name is not None:
        match = re.search(source.as_of_name, path.name)
        if match is None or not match[1]:
            raise UserError(
                f"The name {path.name} does not tell when the file was made (as_of_name of the map is "
                f"'{source.as_of_name}'): say it with --as-of."
            )
        what = f"'{match[1]}' in the name {path.name}"
        return Stated(columns.by_now(_read(match[1], source.dates, source, now, what)))
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
    return Stated(min(changed, now))


def _read(text: str, formats: tuple[str, ...], source: AnyMap, now: datetime, what: str) -> Read:
    try:
        known = reader(formats, source.time_zone)(text.strip())
    except NoInstant:
        raise UserError(f"{what} is no instant of the form {' or '.join(formats)}.") from None
    if not is_believed(known.at):
        raise UserError(f"{what} lies outside {YEARS}.")
    if known.at > now + (timedelta(0) if known.day_only else AHEAD):
        raise UserError(f"{what} lies in the future.")
    return known
