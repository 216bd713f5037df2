"""Any instants that Python can hold."""

from datetime import UTC, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

zones = st.sampled_from([UTC, ZoneInfo("Asia/Shanghai"), ZoneInfo("America/Los_Angeles")]) | st.builds(
    timezone, st.integers(-23, 23).map(lambda hours: timedelta(hours=hours))
)
instants = st.datetimes(timezones=zones)
ENDS = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01", "9999-12-31"]
