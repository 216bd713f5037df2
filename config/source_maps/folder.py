"""From which folder a map takes files: the table [folder]."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from config.source_maps.values import Table


class Folder(Table):
    """Files that are put into a folder, each taken once (docs/sync.md). One that was taken is moved to done/
    in it, one that cannot be read to refused/, with the reason beside it."""

    path: Path = Field(description="The folder; the board may write in it.", examples=["/srv/crm/exports"])
    pattern: str = Field(
        default="*",
        description="Which files are meant, by their names: * is any text, ? any character.",
        examples=["complaints_*.csv"],
    )
    rest: Annotated[int, Field(ge=1, le=3600, strict=True)] = Field(
        default=10,
        description="A file is taken after neither its size nor the time of its last change has moved for so "
        "many seconds: before, it may still be written.",
        examples=[60],
    )
    expected_every: Annotated[int, Field(ge=60, le=2_678_400, strict=True)] = Field(
        default=86_400,
        description="Seconds from one file to the next; after three times as long the source is silent.",
        examples=[3600],
    )

    @field_validator("path")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        if not path.is_absolute():
            raise ValueError(f"'{path}' depends on where the board is started; write the whole path")
        return path

    @field_validator("pattern")
    @classmethod
    def _in_the_folder(cls, pattern: str) -> str:
        if "/" in pattern or not pattern:
            raise ValueError("names files of the folder itself, without a /")
        return pattern
