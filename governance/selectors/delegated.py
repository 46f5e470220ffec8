"""What delegates have decided in a month: reported to the committee (SEG-15)."""

import re
from datetime import UTC, datetime

from django.db.models import Prefetch, QuerySet

from governance.models import Committee, Decision, ElectorSeat
from incidents.models import Incident
from ledger.rules.refusals import Invalid

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


def month_of(text: str, *, at: datetime) -> tuple[datetime, datetime]:
    """Return from when to when a month such as '2026-11' lasts, in UTC; '' is the present one.

    Raises Invalid.
    """
    found = MONTH.fullmatch(text) if text else None
    if text and found is None:
        words = "Write a month such as 2026-11."
        raise Invalid("no_month", words, fields={"month": words})
    year, month = (int(found[1]), int(found[2])) if found else (at.year, at.month)
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return (
        datetime(year, month, 1, tzinfo=UTC),
        datetime(following[0], following[1], 1, tzinfo=UTC),
    )


def decided_by_delegates(
    *, visible: QuerySet[Incident], month: str, at: datetime
) -> QuerySet[Decision]:
    """Return the rounds that delegates closed in a month, the newest first. Raises Invalid."""
    begins, ends = month_of(month, at=at)
    rows: QuerySet[Decision] = Decision.objects.filter(
        committee__level=Committee.Level.DELEGATE,
        incident__in=visible.values("pk"),
        closed_at__gte=begins,
        closed_at__lt=ends,
    )
    related = rows.select_related("incident__system", "committee", "resolution")
    return related.prefetch_related(
        Prefetch("electors", ElectorSeat.objects.select_related("seated"), to_attr="sitting")
    ).order_by("-closed_at", "-id")
