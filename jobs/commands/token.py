"""`board token`: what opens a wall on a network."""

from typing import Annotated, Literal

import typer

from jobs.commands.options import AsJson

app = typer.Typer(help="Tokens: what opens a wall on a network.", no_args_is_help=True)


@app.command()
def new(
    kind: Annotated[Literal["wall"], typer.Argument(help="What it opens.")],
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
    """Close the wall of that name, also where it is open.

    Example: board token revoke lobby
    """
    from config.settings import settings
    from jobs.commands.token_text import revoke_token

    revoke_token(settings(), name, typer.echo)
