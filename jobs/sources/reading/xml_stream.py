"""XML read in pieces: no entities of its own, no tag or comment without end, memory for a piece only."""

from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

from jobs.sources.reading.tables import FileRefused

PIECE = 64 * 1024
LONGEST_TAG = 2 * 1024 * 1024  # bytes; a cell is at most half of that
DEEPEST = 64  # tags in tags

Attributes = dict[str, str]


def pieces(
    name: str,
    file: IO[bytes],
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None],
    text: Callable[[str], None] | None = None,
) -> Iterator[int]:
    """Calls the handlers with the names of tags, and gives the bytes read so far after each piece. `file` is
    not trusted: a document type, which may define entities that grow without end, is refused."""

    def refuse(*_declared: object) -> None:
        raise FileRefused(f"{name} defines entities of its own, as no program's export does; it is not read.")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    fed = 0
    while piece := file.read(PIECE):
        parser.Parse(piece)
        fed += len(piece)
        if fed - parser.CurrentByteIndex > LONGEST_TAG:
            raise FileRefused(f"{name} has a part of more than {LONGEST_TAG >> 20} MB without an end.")
        yield fed
    parser.Parse(b"", True)
    yield fed


def too_deep(name: str) -> FileRefused:
    return FileRefused(
        f"{name} has more than {DEEPEST} parts inside each other; no program writes such a file."
    )


def local(tag: str) -> str:
    """Without the prefix of its name space."""
    return tag.rpartition(":")[2]
