"""The encoding of a text file, found by its first bytes that are no ASCII."""

import codecs
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from charset_normalizer import from_bytes

READ = 256 * 1024
MOST_SEARCHED = 64 * 1024 * 1024  # bytes read ahead for the first that is no ASCII
ENOUGH = 64 * 1024  # bytes of lines that tell
FEW_WRONG = 0.1  # of these lines; a file may be damaged here and there
MANY_NULS = 0.05  # of all pairs
MANY_OF_ASCII = 0.8  # of all pairs, where there is nothing but ASCII
MOST_IN_ONE, MOST_IN_EITHER = 0.5, 0.75  # of usual characters; GB18030 has the traditional ones too
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SHOWN = {
    "utf_8": "UTF-8",
    "utf_8_sig": "UTF-8 with a mark",
    "utf_16": "UTF-16",
    "utf_16_le": "UTF-16 LE",
    "utf_16_be": "UTF-16 BE",
    "gb18030": "GB18030",
    "big5": "Big5",
    "big5hkscs": "Big5",
    "cp950": "Big5",
}


def _kept(error: UnicodeError) -> tuple[str, int]:
    """Bytes that do not fit become lone surrogates, by which their row is known."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in wrong), error.end


BAD_BYTES_KEPT = "bad_bytes_kept"  # for open(errors=…); also where a bad byte is below 128
codecs.register_error(BAD_BYTES_KEPT, _kept)


def is_undecoded(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def without_undecoded(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def shown(encoding: str) -> str:
    """As people write it."""
    name = codecs.lookup(encoding).name.replace("-", "_")
    return SHOWN.get(name, encoding.upper())


def by_mark(first: bytes) -> str | None:
    return next((name for mark, name in MARKS if first.startswith(mark)), None)


def find(read: Callable[[int], bytes]) -> str:
    """`read` gives the file's next bytes, from its beginning; at most 64 MiB are read. Where nothing fits
    well, UTF-8: what does not fit is then said row by row."""
    first = read(READ)
    marked = by_mark(first)
    if marked:
        return marked
    wide = _utf_16(first)
    if wide:
        return wide
    lines = _telling_lines(chain([first], _rest(read)))
    return _of_lines(lines) if lines else "utf-8"


def _rest(read: Callable[[int], bytes]) -> Iterator[bytes]:
    searched = READ
    while searched < MOST_SEARCHED and (piece := read(READ)):
        searched += READ
        yield piece


def _utf_16(first: bytes) -> str | None:
    """Its ASCII, at least delimiters and line ends, has each second byte NUL. A file may have NULs also by
    mistake."""
    first = first[: len(first) & ~1]
    pairs = max(len(first) // 2, 1)
    if first.count(0) < pairs * MANY_OF_ASCII if first.isascii() else not _misfits([first], "utf-8"):
        return None
    if first.count(0) < pairs * MANY_NULS:
        return None
    likely = {name: _usual_text(first.decode(name, "ignore")) for name in ("utf-16-le", "utf-16-be")}
    best = max(likely, key=lambda name: likely[name])
    return best if likely[best] > MOST_IN_ONE else None


def _usual_text(text: str) -> float:
    """The share of characters that are printable ASCII, ends of lines or usual Chinese."""
    usual = sum(
        one.isprintable() or one in "\r\n\t" if one.isascii() else _usual_in_either(one) for one in text
    )
    return usual / max(len(text), 1)


def _telling_lines(pieces: Iterable[bytes]) -> list[bytes]:
    """Lines that are not all ASCII."""
    found: list[bytes] = []
    length, left = 0, b""
    for piece in pieces:
        if not left and piece.isascii():
            continue
        *lines, left = (left + piece).replace(b"\r", b"\n").split(b"\n")
        telling = [line for line in lines if not line.isascii()]
        left = b"" if left.isascii() else left
        found += telling
        length += sum(map(len, telling))
        if length + len(left) > ENOUGH:
            break
    return [*found, left] if left else found


def _of_lines(lines: list[bytes]) -> str:
    most, of_utf_8 = len(lines) * FEW_WRONG, _misfits(lines, "utf-8")
    if of_utf_8 <= most:
        return "utf-8"
    chinese = [name for name in ("gb18030", "cp950") if _misfits(lines, name) <= most]
    likely = {name: _share(lines, name, USUAL[name]) for name in chinese}
    best = max(likely, key=lambda name: likely[name], default=None)
    if best and likely[best] > MOST_IN_ONE:
        of_hong_kong = best == "cp950" and _misfits(lines, "big5hkscs") < _misfits(lines, best)
        return "big5hkscs" if of_hong_kong else best
    if "gb18030" in chinese and _share(lines, "gb18030", _usual_in_either) > MOST_IN_EITHER:
        return "gb18030"
    mostly_utf_8 = of_utf_8 * 2 <= len(lines)  # which other encodings seldom fit by chance
    return "utf-8" if mostly_utf_8 else _any_other(b"\n".join(lines))


def _misfits(lines: list[bytes], encoding: str) -> int:
    """The last line may end within a character."""
    decode = codecs.getincrementaldecoder(encoding)
    wrong = 0
    for place, line in enumerate(lines, 1):
        try:
            decode().decode(line, final=place < len(lines))
        except UnicodeDecodeError:
            wrong += 1
    return wrong


def _share(lines: list[bytes], encoding: str, is_usual: Callable[[str], bool]) -> float:
    """The share of usual Chinese characters among all that are no ASCII: level 1 of GB 2312 and of Big5, each
    ordered by use, with the punctuation. What is read by the wrong one of the two is mostly unusual."""
    text = b"".join(lines).decode(encoding, "ignore")
    others = [one for one in text if not one.isascii()]
    return sum(map(is_usual, others)) / max(len(others), 1)


def _usual_in_gb(one: str) -> bool:
    pair = one.encode("gb18030")
    return len(pair) == 2 and pair[1] >= 0xA1 and (0xB0 <= pair[0] <= 0xD7 or 0xA1 <= pair[0] <= 0xA3)


def _usual_in_big5(one: str) -> bool:
    pair = one.encode("cp950", "ignore")
    return len(pair) == 2 and 0xA1 <= pair[0] <= 0xC6


def _usual_in_either(one: str) -> bool:
    return _usual_in_gb(one) or _usual_in_big5(one)


USUAL = {"gb18030": _usual_in_gb, "cp950": _usual_in_big5}


def _any_other(text: bytes) -> str:
    """Only where all guesses read the same text: a wrong one would change names without a word."""
    guesses = from_bytes(text[:ENOUGH])
    best = guesses.best()
    if best is None or best.chaos > 0 or any(other.chaos <= best.chaos for other in guesses if other != best):
        return "utf-8"
    return best.encoding
