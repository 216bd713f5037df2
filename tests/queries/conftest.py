"""What tests of the queries share."""

import pytest
from sqlalchemy import Connection

from tests.queries.attribution.co_owner_lives import four_departments


@pytest.fixture
def board(conn: Connection) -> Connection:
    return four_departments(conn)
