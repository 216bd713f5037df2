"""`board people`: who works here, who signs in, and their invitations."""

from typing import Annotated

import typer

from jobs.commands.options import AsJson, File

app = typer.Typer(help="People: who works here and who signs in.", no_args_is_help=True)
Login = Annotated[str, typer.Argument(help="As in the list.")]


@app.command("import")
def import_people(
    file: File,
    add: Annotated[bool, typer.Option("--add", help="Make departments and teams that are new.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")
    ] = False,
) -> None:
    """Take people from a file (CSV, XLSX): login, name_en, name_zh, grade, department, team, regions,
    active_from, active_to; the heads may be Chinese.

    A login that is there is brought up to date; nobody is removed. Each row that is refused is named with its
    reason; exit code 1 where there was one.

    Example: board people import people.csv --dry-run
    """
    from config.settings import settings
    from jobs.commands.people_text import run_import

    run_import(settings(), file, add, dry_run, typer.echo)


@app.command("list")
def list_people(as_json: AsJson = False) -> None:
    """Everybody, with what they may see and whether they sign in.

    Example: board people list
    """
    from config.settings import settings
    from jobs.commands.people_text import print_people

    print_people(settings(), as_json, typer.echo)


@app.command()
def invite(
    login: Annotated[
        str | None, typer.Argument(help="As in the list; none: the first administrator.")
    ] = None,
) -> None:
    """Make a link that works once: whoever opens it sets their password. It also helps who forgot theirs, or
    is kept out because somebody guessed at it. Without a login: a link for the first administrator.

    Example: board people invite li
    """
    from config.settings import settings
    from jobs.commands.people_text import print_invitation

    print_invitation(settings(), login, typer.echo)


@app.command()
def lock(
    login: Login, undo: Annotated[bool, typer.Option("--undo", help="Let them in again.")] = False
) -> None:
    """Keep somebody out: their sessions end at once.

    Example: board people lock li
    """
    from config.settings import settings
    from jobs.commands.people_text import lock_person

    lock_person(settings(), login, undo, typer.echo)
