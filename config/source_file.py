"""How a file of rows is read: the top-level keys of a map that say so."""

from pydantic import BaseModel, ConfigDict, Field


class FileFormat(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    encoding: str | None = Field(None, description="Encoding of the text.", examples=["gb18030"])
