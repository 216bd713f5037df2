"""The environment as one typed object: BOARD_… variables."""

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import httpx
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from config import StartRefused
from config.policy import DEFAULT

URL_FILE = "database-url"  # in the data directory, written by `board up` over the embedded server


class SettingsError(StartRefused):
    """A BOARD_… variable is wrong; the message says which and what to do."""


def _driver(value: object) -> object:
    for prefix in ("postgresql+psycopg2://", "postgresql://", "postgres://"):
        if isinstance(value, str) and value.startswith(prefix):
            return "postgresql+psycopg2://" + value.removeprefix(prefix)
    if value in (None, ""):
        return None
    raise ValueError("write it as postgresql://USER:PASSWORD@HOST/DATABASE")


def _web_address(value: object) -> object:
    if value in (None, ""):
        return None
    try:
        address = httpx.URL(str(value))
        usable = address.scheme in ("http", "https") and address.host and (address.port or 80) < 65_536
    except (httpx.InvalidURL, UnicodeError):
        usable = False
    # Said without the value, which may hold a token.
    if not usable or re.search(r"\s", str(value)):
        raise ValueError("write it as https://HOST/PATH")
    return value


def _default_data_dir() -> Path:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/complaint-board")
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "complaint-board"


Url = Annotated[str | None, BeforeValidator(_driver)]
WebAddress = Annotated[str | None, BeforeValidator(_web_address)]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="BOARD_", frozen=True)

    database_url: Url = None  # none: the embedded server that `board up` runs
    database_role: str | None = None  # what to become after signing in
    data_dir: Path = Field(default_factory=_default_data_dir)
    host: str = "127.0.0.1"
    dashboard_port: int = 8501
    wall_port: int = 8502
    demo: bool = False
    policy_file: Path = DEFAULT
    real_data: Path | None = None
    test_database_url: Url = None
    webhook_url: WebAddress = None  # an outlet; none: alerts stay on the board
    phone_hash_key: SecretStr = SecretStr("")
    sign_in: str = "choose"  # 'choose' a demo person (loopback only) or 'oidc'
    build: str = "dev"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    supervised: bool = False  # set by `board up` for its children, which end when it is gone
    ci: bool = Field(default=False, validation_alias="CI")

    def url(self) -> str:
        """The database to use; raises SettingsError where there is none."""
        if self.database_url:
            return self.database_url
        try:
            found = (self.data_dir / URL_FILE).read_text("utf-8").strip()
        except OSError:
            raise SettingsError(
                "There is no database: set BOARD_DATABASE_URL, or start the board with `board up`."
            ) from None
        return found


@lru_cache(maxsize=1)
def settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        wrong = (f"BOARD_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors())
        raise SettingsError("; ".join(wrong)) from None


def child_environment(**changes: str) -> dict[str, str]:
    """This process's environment for a child, with BOARD_… variables set anew (given without the prefix)."""
    return {**os.environ, **{f"BOARD_{name.upper()}": value for name, value in changes.items()}}
