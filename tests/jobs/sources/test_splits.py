"""The public files in twenty deltas and as daily snapshots derive what they derive whole."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from benchmarks.splits import FILES, Log, Table, disagreements, read

DAYS = 3
COMPLAINTS = {Table: 1_000, Log: 500}  # all of them and a fortnight: `python -m benchmarks splits`


@pytest.mark.parametrize("of", FILES, ids=lambda of: of.name)
def test_a_file_in_parts_is_what_it_is_whole(
    engine: Engine, real_data: Path, tmp_path: Path, of: Log | Table
) -> None:
    rows = read(real_data, of, COMPLAINTS[type(of)])
    assert disagreements(engine, tmp_path, of, rows, DAYS) == {"deltas": {}, "snapshots": {}}
