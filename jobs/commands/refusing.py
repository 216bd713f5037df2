"""What a command says when it cannot do its work: one sentence and exit code 1, never a traceback."""

import sys
from collections.abc import Callable

from config import UserError


def run(command: Callable[[], object]) -> None:
    try:
        command()
    except SystemExit:
        raise
    except UserError as refused:
        _end(str(refused))
    except _database_errors() as error:
        from queries.db import refusal

        _end(refusal(error))


def _database_errors() -> tuple[type[BaseException], ...]:
    """Looked up only when something went wrong: SQLAlchemy is slow to import, and --help is to be quick."""
    from psycopg2 import Error
    from sqlalchemy.exc import DBAPIError

    return DBAPIError, Error


def _end(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.exit(1)
