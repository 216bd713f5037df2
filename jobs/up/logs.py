"""Log lines: with a time, without the noise of libraries, and never with a secret in them."""

import logging
import re
from collections.abc import Iterable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from config.settings import Settings

# APScheduler logs every tick; httpx logs each request with its whole address, which may hold a token.
LIBRARIES = {"apscheduler": logging.ERROR, "httpx": logging.WARNING, "httpcore": logging.WARNING}
PASSWORD = re.compile(r"(\w://[^\s:/@]*):[^\s/@]+@")
MASK = "***"


class Masked(logging.Formatter):
    """Masks secrets in every line, also in tracebacks and in messages of libraries."""

    def __init__(self, form: str, secrets: Iterable[str]) -> None:
        super().__init__(form)
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, MASK)
        return PASSWORD.sub(rf"\1:{MASK}@", line)


class PrivateFile(RotatingFileHandler):
    """Readable by its owner only, as are those before it."""

    def _open(self) -> TextIOWrapper:
        file = Path(self.baseFilename)
        file.touch(mode=0o600)
        for one in (file, *file.parent.glob(f"{file.name}.*")):
            one.chmod(0o600)
        return super()._open()


def begin(settings: Settings) -> None:
    """Of this process, on its standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Masked("%(asctime)s %(levelname)s %(name)s: %(message)s", settings.secrets()))
    logging.basicConfig(level=settings.log_level, handlers=[handler])
    for library, level in LIBRARIES.items():
        logging.getLogger(library).setLevel(level)


def private_file(file: Path, settings: Settings) -> logging.Handler:
    """At most 60 MB, in a directory of its own."""
    file.parent.mkdir(exist_ok=True, mode=0o700)
    file.parent.chmod(0o700)
    handler = PrivateFile(file, maxBytes=10_000_000, backupCount=5, encoding="utf-8")
    handler.setFormatter(Masked("%(message)s", settings.secrets()))
    return handler
