"""`board token`: what opens a wall on a network, and what programs send complaints with."""

from typing import Annotated

import typer

from jobs.commands.options import AsJson

app = typer.Typer(help="Tokens of walls, and keys of programs that send complaints.", no_args_is_help=True)
new = typer.Typer(help="Make one, which is shown this once.", no_args_is_help=True)
app.add_typer(new, name="new")


@new.command()
def wall(
    name: Annotated[str, typer.Argument(help="Of the display, to find it in the list.")],
    region: Annotated[
        list[str] | None, typer.Option(help="Code of a region that it shows; none: everywhere.")
    ] = None,
) -> None:
    """Make a token, which is shown this once and opens the wall of its regions only.

    Example: board token new wall lobby --region GD
    """
    from config.settings import settings
    from jobs.commands.token_text import make

    make(settings(), name, tuple(region or ()), typer.echo)


@new.command()
def intake(
    name: Annotated[str, typer.Argument(help="Of the program, to find it in the list.")],
    source: Annotated[
        str | None, typer.Option(help="The source that it writes; none: one of its own name.")
    ] = None,
    reports: Annotated[
        list[str] | None,
        typer.Option(
            help="What it tells of, such as first_contact, once for each; none: all. What it does not "
            "report is no target of its complaints."
        ),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(min=1, help="Seconds between its requests; after three without one it is silent."),
    ] = None,
    per_second: Annotated[int, typer.Option(min=1, max=10_000, help="Requests it may send.")] = 50,
) -> None:
    """Make a key, which is shown this once: with it a program sends complaints to /api/complaints.

    Example: board token new intake hotline --reports first_contact --reports resolved --every 60
    """
    from config.settings import settings
    from jobs.commands.token_text import Wanted, make_key

    wanted = Wanted(name, source or name, tuple(reports or ()), every, per_second)
    make_key(settings(), wanted, typer.echo)


@app.command("list")
def list_tokens(as_json: AsJson = False) -> None:
    """Those in use, then the revoked ones; never the tokens themselves.

    Example: board token list
    """
    from config.settings import settings
    from jobs.commands.token_text import print_tokens

    print_tokens(settings(), as_json, typer.echo)


@app.command()
def revoke(name: Annotated[str, typer.Argument(help="As in the list.")]) -> None:
    """Close the wall of that name, also where it is open; or refuse what that program sends.

    Example: board token revoke lobby
    """
    from config.settings import settings
    from jobs.commands.token_text import revoke_token

    revoke_token(settings(), name, typer.echo)
