"""`board migrate`."""

import typer


def migrate() -> None:
    """Bring the database to this version's schema and roles.

    Example: BOARD_DATABASE_URL=postgresql://owner@db/board board migrate
    """
    from config.settings import settings
    from jobs.up.supervisor import migrate_database

    revision = migrate_database(settings().url(), settings().policy_file)
    typer.echo(f"The database is at revision {revision}.")
