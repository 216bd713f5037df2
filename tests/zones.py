"""Regions of four time zones, and callbacks that fall due in them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from queries.intake.facts import Batch
from queries.organisation import OrganisationRows, RegionRow, put_organisation
from tests.build import complaint

SHANGHAI, NEW_YORK, AUCKLAND, KATHMANDU = ZONES = (
    "Asia/Shanghai",
    "America/New_York",
    "Pacific/Auckland",
    "Asia/Kathmandu",
)
CODES = {SHANGHAI: "SH", NEW_YORK: "NY", AUCKLAND: "AKL", KATHMANDU: "KTM"}


def local(zone: str, day: int, hour: int = 0, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def regions(conn: Connection, *zones: str) -> None:
    places = [RegionRow(CODES[zone], None, "province", zone, zone, zone) for zone in zones]
    put_organisation(conn, OrganisationRows(places, [], [], []))


def solved(number: str, zone: str, at: datetime) -> Batch:
    """Received a day before; to be called by the end of the third and of the seventh day after."""
    received = at - timedelta(days=1)
    return complaint(number, received, ("status", at, "resolved"), region=CODES[zone], department=None)
