"""`board imports`: which files came in, and taking one back."""

from typing import Annotated

import typer

from jobs.commands.options import AsJson

app = typer.Typer(help="Imports of files: which there were, and taking one back.", no_args_is_help=True)


@app.command("list")
def list_imports(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many, the newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Files that were imported: by whom, how many rows, and whether an import was taken back.

    Example: board imports list
    """
    from config.settings import settings
    from jobs.commands.imports_text import print_imports

    print_imports(settings(), limit, as_json, typer.echo)


@app.command("take-back")
def take_back(
    number: Annotated[int, typer.Argument(help="As in the list.")],
    reason: Annotated[str, typer.Option(help="Why; shown beside the import.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take an import back as a whole: what only it stated stands no more, what it had replaced stands again.

    Whatever a person did to these complaints since stays.

    Example: board imports take-back 12 --reason "wrong month" --dry-run
    """
    from config.settings import settings
    from jobs.commands.imports_text import run_take_back

    run_take_back(settings(), number, reason, dry_run, as_json, typer.echo)
