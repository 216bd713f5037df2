"""Arguments and options that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from config.source_maps.source_map import OrganisationMap, SourceMap

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The file to read.")]
Map = Annotated[str, typer.Option("--map", help="How to read it: a name, or FILE.toml.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on, instead of the configured one.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on, instead of the configured one.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


def source_map(name: str) -> "SourceMap":
    """Of complaints or updates."""
    from config.source_maps.source_map import UnknownMap, load

    try:
        return load(name)
    except UnknownMap as unknown:
        raise typer.BadParameter(str(unknown), param_hint="--map") from None


def any_map(name: str) -> "SourceMap | OrganisationMap":
    from config.source_maps.source_map import UnknownMap, load_any

    try:
        return load_any(name)
    except UnknownMap as unknown:
        raise typer.BadParameter(str(unknown), param_hint="--map") from None
