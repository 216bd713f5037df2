"""What docs/sync.md shows works."""

import re
from textwrap import dedent

import pytest

from config.source_maps.source_map import parse
from jobs.sources.syncing.dialects import DIALECTS
from tests.conftest import ROOT
from tests.jobs.sources.centre import chinese

TEXT = (ROOT / "docs" / "sync.md").read_text("utf-8")
EXAMPLES = [dedent(one) for one in re.findall(r"```toml\n(.*?)```", TEXT, re.S)]


def test_the_example_of_a_database_is_a_map() -> None:
    found = parse(EXAMPLES[0])
    assert found.database is not None
    assert found.database.interval == 15
    assert found.database.overlap == 600


def test_the_example_of_a_folder_is_a_part_of_one() -> None:
    assert parse(chinese() + EXAMPLES[1]).folder is not None


@pytest.mark.parametrize("extra", sorted({one.extra for one in DIALECTS.values() if one.extra}))
def test_every_driver_is_named_with_its_command_and_is_an_extra(extra: str) -> None:
    assert f"pip install 'complaint-board[{extra}]'" in TEXT
    assert f"\n{extra} = [" in (ROOT / "pyproject.toml").read_text("utf-8")
