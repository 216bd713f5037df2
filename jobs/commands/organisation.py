"""`board organisation`: regions, departments and teams from files."""

from typing import Annotated, Literal

import typer

from jobs.commands.options import File

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")]
app = typer.Typer(help="The organisation: regions, departments and teams.", no_args_is_help=True)


@app.command("import")
def import_file(
    file: File,
    of: Annotated[Literal["regions", "departments", "teams"], typer.Option(help="What a row is.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
) -> None:
    """Bring in regions (a tree), departments or teams, a row each, by their codes. Nothing is removed.

    Example: board organisation import departments.csv --of departments --dry-run
    """
    from config.settings import settings
    from jobs.commands.organisation_text import run_import

    run_import(settings(), file, of, dry_run, typer.echo)


@app.command()
def regions(
    china: Annotated[
        bool, typer.Option("--china", help="The 31 provinces with their cities, by their GB/T 2260 codes.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
) -> None:
    """List the regions, or bring in those that come along.

    Example: board organisation regions --china
    """
    from config.settings import settings
    from jobs.commands.organisation_text import bring_china, print_regions

    if china:
        bring_china(settings(), dry_run, typer.echo)
    else:
        print_regions(settings(), typer.echo)
