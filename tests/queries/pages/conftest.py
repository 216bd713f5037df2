"""What tests of the pages' reads share."""

import pytest
from sqlalchemy import Connection

from tests.build import MONDAY, at, complaint, organisation, settle


@pytest.fixture
def asked(conn: Connection) -> Connection:
    organisation(conn)
    settle(
        conn,
        complaint(
            "A",
            MONDAY,
            ("1.requested", at(1), "BILL"),
            ("1.responded", at(1.5), None),
            ("1.opinion", at(3), None),
            ("2.requested", at(1), "NET"),
            ("3.requested", at(1), "BILL"),
            ("3.responded", at(3), None),
        ),
        complaint(
            "B", MONDAY, ("1.requested", at(1), "BILL"), ("status", at(1.25), "resolved"), region="BJ-01"
        ),
    )
    return conn
