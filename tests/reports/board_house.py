"""A house with figures of a quarter, a factor, and a report of it."""

import datetime as dt
from decimal import Decimal

from ledger.context import acting_as
from reports.rules.quarters import Quarter
from reports.selectors.board import hash_of
from reports.services.board import begin_report, issue_report
from reports.services.factors import Given, approve_factor, draft_factor
from telemetry.models import Measurement
from tests.incidents.factory import acting, ceremony

Q4 = Quarter(2026, 4)
BEGAN = dt.datetime(2026, 9, 30, 22, 0, tzinfo=dt.UTC)
"""The quarter at the seat in Berlin, which is two hours ahead then."""
LATER = dt.datetime(2027, 1, 5, 9, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def by(who, service, /, *, at=LATER, **arguments):
    """Call a service as somebody."""
    with acting_as(acting(who)):
        return service(**arguments, actor=acting(who), at=at)


def given(**changes):
    """What a factor says: a point of accuracy that is lost costs 120.5 hours."""
    values = {
        "measures": "hours",
        "amount": Decimal("120.5"),
        "direction": "fall",
        "words": "Hours of handlers who check again.",
        "source": "https://example.org/study-7",
        "source_words": "Counted over 400 claims in May.",
        "valid_from": dt.date(2026, 1, 1),
    }
    return Given(**(values | changes))


def factor(of, *, at=LATER, system=True, approved=True, **changes):
    """A factor of the house's system (or unit), drafted by compliance, approved by risk."""
    subject = {"system_id": of.system.pk} if system else {"unit_id": of.unit.pk}
    row = by(
        of.compliance, draft_factor, kpi_id="accuracy", given=given(**changes), at=at, **subject
    )
    if approved:
        row = by(of.risk, approve_factor, factor_id=row.pk, reason="Read and agreed.", at=at)
    return row


def readings(series, values):
    """Store daily readings: (days after the quarter began, value)."""
    Measurement.objects.bulk_create(
        [
            Measurement(
                series_id=series.pk,
                window_end=BEGAN + day * DAY,
                revision=0,
                value=value,
                n=500,
                good=value is not None,
                received_at=LATER,
                batch_id="00000000-0000-4000-8000-000000000001",
            )
            for day, value in values
        ]
    )


def quarter_of_readings(of, begin=0.9, end=0.85, series=None):
    """Readings each day: `begin` for two months, then `end` until the quarter is over."""
    readings(series or of.series, [(-1, begin), *((day, begin) for day in range(1, 60))])
    readings(series or of.series, [(day, end) for day in range(60, 92)])


def report(of, *, kind="board", at=LATER, who=None, quarter=Q4):
    """A draft of the house's unit, or the review of its system."""
    subject = {"system_id": of.system.pk} if kind == "review" else {"unit_id": of.unit.pk}
    return by(who or of.compliance, begin_report, kind=kind, quarter=quarter, at=at, **subject)


def issued(of, row, *, who=None, sha256=None, at=LATER):
    """The report, issued by somebody else."""
    return by(
        who or of.executive,
        issue_report,
        report_id=row.pk,
        expected_sha256=sha256 or hash_of(row),
        reason="Read and approved.",
        ceremony=ceremony(at),
        at=at,
    )
