"""Which maps are of living sources, read again whenever their files have changed."""

from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

from config import UserError
from config.source_maps import source_map
from config.source_maps.source_map import AnyMap, OrganisationMap, SourceMap
from queries.intake.sync import Subject

UNKNOWN_EVERY = 60  # seconds, of a map that cannot be read


@dataclass(frozen=True, slots=True)
class Living:
    """A map with [database] or [folder], by the name of its file."""

    name: str
    source: AnyMap

    @property
    def digest(self) -> str:
        """Of what decides how a row is read; a change of it reads all rows again."""
        read = self.source.model_dump_json(exclude={"database", "folder", "title"})
        query = self.source.database.model_dump_json(include={"query", "key"}) if self.source.database else ""
        return str(UUID(bytes=blake2b(f"{read}\n{query}".encode(), digest_size=16).digest()))

    @property
    def subject(self) -> Subject:
        database, folder = self.source.database, self.source.folder
        every = database.interval if database else folder.expected_every if folder else UNKNOWN_EVERY
        return Subject(self.name, self.source.source, "database" if database else "folder", every)


@dataclass(frozen=True, slots=True)
class Maps:
    """`wrong`: by name, what is the matter with a map of the centre's own."""

    living: tuple[Living, ...]
    wrong: dict[str, str]

    def subjects(self) -> list[Subject]:
        """Wrong ones too, so that they show."""
        unread = [Subject(name, None, "database", UNKNOWN_EVERY) for name in self.wrong]
        return [one.subject for one in self.living] + unread


@dataclass(slots=True)
class MapFolder:
    """What it read last, for as long as no file changes."""

    _files: tuple[tuple[Path, int], ...] | None = None
    _maps: Maps = field(default_factory=lambda: Maps((), {}))

    def maps(self) -> Maps:
        files = tuple(
            (path, path.stat().st_mtime_ns)
            for folder in source_map.folders()
            for path in sorted(folder.glob("*.toml"))
        )
        if files != self._files:
            self._maps, self._files = _read_all(), files
        return self._maps


def _read_all() -> Maps:
    living: list[Living] = []
    wrong: dict[str, str] = {}
    for name in source_map.names():
        try:
            found = of_name(name)
        except UserError as mistake:
            wrong[name] = str(mistake)
            continue
        if found is not None:
            living.append(found)
    return Maps(tuple(living), wrong)


def of_name(name: str) -> Living | None:
    """None: it is a map of files. `name` may be the path of a map. Raises UserError."""
    source: SourceMap | OrganisationMap = source_map.load_any(name)
    if source.database is None and source.folder is None:
        return None
    return Living(Path(name).stem if name.endswith(".toml") else name, source)
