"""What docs/intake-api.md tells is so."""

import json
import re
from datetime import UTC, datetime

from dashboard.intake_api.document import REFUSALS
from dashboard.intake_api.items import MOST
from dashboard.intake_api.limits import LARGEST_BODY
from dashboard.intake_api.routes import PATHS, read
from queries.people.intake_keys import USUAL_PER_SECOND
from tests.conftest import ROOT

DOCUMENT = (ROOT / "docs" / "intake-api.md").read_text("utf-8")


def test_its_example_is_taken() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", DOCUMENT, re.S)
    assert len(read(PATHS[0], example.encode(), datetime(2026, 12, 1, tzinfo=UTC))) == 1
    assert set(json.loads(example)) >= {"number", "details", "reached", "co_owners"}


def test_it_names_every_path_limit_and_answer() -> None:
    assert [path for path in PATHS if path not in DOCUMENT] == []
    assert (LARGEST_BODY, MOST, USUAL_PER_SECOND) == (1 << 20, 1_000, 50)
    assert {"1 MiB", "1,000", "`--per-second`, 50"} == {
        said for said in ("1 MiB", "1,000", "`--per-second`, 50") if said in DOCUMENT
    }
    assert set(map(int, re.findall(r"^\| (\d{3}) \|", DOCUMENT, re.M))) == set(REFUSALS)
