"""What tests of the jobs share."""

from collections.abc import Iterator

import pytest

from tests.jobs.receivers import Receiver, listening


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as made:
        yield made
