"""How a source's file is read: the keys of a map that say so. What is not given is found, and said."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _encoding(value: object) -> str:
    try:
        "".encode(str(value))
    except LookupError:
        raise ValueError(
            f"encoding '{value}' is not known; write such as 'utf-8' or 'gb18030', or leave it out"
        ) from None
    return str(value)


def _one_character(value: object) -> str:
    text = str(value)
    if len(text) != 1 or text in "\r\n\0":
        raise ValueError(f"'{text}' is not one character; write such as ';' or '|', and a tab as \"\\t\"")
    return text


def _quote(value: object) -> str:
    return "" if value == "" else _one_character(value)


class FileFormat(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    encoding: Annotated[str, BeforeValidator(_encoding)] | None = Field(
        default=None,
        description="The encoding of a text file. Without it UTF-8, GB18030, Big5 and UTF-16 are told apart "
        "by what stands in the file. A byte order mark wins over it.",
        examples=["gb18030"],
    )
    delimiter: Annotated[str, BeforeValidator(_one_character)] | None = Field(
        default=None,
        description="The character between two cells of a CSV. Without it comma, semicolon, tab and bar are "
        "tried, and the one taken with which the columns of the map are found.",
        examples=[";", "\t"],
    )
    quote: Annotated[str, BeforeValidator(_quote)] = Field(
        default='"',
        description="The character around a cell of a CSV that holds a delimiter or a line end; empty for "
        "files that have none, in which a quotation mark is text.",
        examples=["'", ""],
    )
    sheet: Annotated[int, Field(ge=1, strict=True)] | str | None = Field(
        default=None,
        description="The sheet of a spreadsheet, by name, or by number from 1. Without it the one sheet that "
        "has the columns of the map is taken.",
        examples=["明细", 2],
    )
    header_row: Annotated[int, Field(ge=0, le=1000, strict=True)] | None = Field(
        default=None,
        description="The row that names the columns, from 1; 0 where none does: the columns are then "
        "called A, B, C … as in a spreadsheet. Without it the first 20 rows are searched for the columns of "
        "the map.",
        examples=[3, 0],
    )
    fill_down: bool | tuple[str, ...] = Field(
        default=True,
        description="Where cells of a spreadsheet are merged over several rows, each of them has the text of "
        "the first; false leaves the others empty, and the import says so. Columns named here also take the "
        "text of the row above wherever they are empty, in any kind of file.",
        examples=[False, ["部门", "区域"]],
    )
