"""Periods: whole days at the organisation's seat as instants."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def period_of(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """Return [start of the first day, end of the last day) in a zone, as UTC instants."""
    here = ZoneInfo(zone)
    begins = datetime.combine(first, time.min, tzinfo=here)
    ends = datetime.combine(last + timedelta(days=1), time.min, tzinfo=here)
    return begins.astimezone(UTC), ends.astimezone(UTC)
