"""Numbers of requests and surveys as the sources have them, which may be any text."""

from hashlib import blake2b

HIGHEST = 1 << 62


def stable(text: str) -> int:
    """A number of 62 bits, the same for the same text everywhere; a decimal number is itself."""
    if text.isascii() and text.isdecimal() and len(text) < 20 and not text.startswith("0"):
        number = int(text)
        if number < HIGHEST:
            return number
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 2 or 1
