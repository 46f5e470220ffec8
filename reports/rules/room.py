"""Days of a sample as instants. Pure."""

from datetime import date, datetime, timedelta

from ledger.rules.refusals import Invalid
from reports.rules.periods import period_of

LONGEST_PERIOD = timedelta(days=366)
YEARS = range(2000, 2200)


def days_between(since: date, until: date, zone: str) -> tuple[datetime, datetime]:
    """Return the instants [since, the end of until) of days at the seat. Raises Invalid."""
    words = ""
    if since.year not in YEARS or until.year not in YEARS:
        words = "Days of 2000 to 2199."
    elif until < since:
        words = "The period ends before it begins."
    elif until - since > LONGEST_PERIOD:
        words = "At most 366 days at once."
    if words:
        raise Invalid("bad_period", words, fields={"until": words})
    return period_of(since, until, zone)
