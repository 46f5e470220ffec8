"""Pages of the clocks that run: keyset paging by when they are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from incidents.models import Incident, RegulatoryClock
from incidents.selectors.clocks import ClockLine, line_of, still_owed
from ledger.rules.instants import instant_read
from ledger.rules.refusals import Invalid
from registry.models import ClockRule, OrganisationProfile

LIMIT = 50


@dataclass(frozen=True, slots=True)
class ClockPage:
    """Clocks that run, the next one due first; `after` is the cursor of the following page."""

    lines: Sequence[ClockLine]
    after: str


def clock_page(
    *, incidents: QuerySet[Incident], at: datetime, after: str = "", limit: int = LIMIT
) -> ClockPage:
    """Return one page of the clocks that run on some incidents. Raises Invalid for no cursor."""
    rows = still_owed().filter(incident__in=incidents.values("pk")).order_by("due_at", "id")
    if after:
        due_at, key = _cursor(after)
        # The bound by itself is what the index is entered by: of an 'or' it serves neither side.
        rows = rows.filter(Q(due_at__gt=due_at) | Q(id__gt=key), due_at__gte=due_at)
    found = list(rows[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    cursor = f"{last.due_at.isoformat()}_{last.pk}" if last is not None else ""
    return ClockPage([line_of(row, at) for row in found[:limit]], cursor)


def rules_in_force(*, incidents: QuerySet[Incident]) -> list[ClockRule]:
    """Return the clock rules in force by regime, the shortest period first; one query.

    Each says with `runs` the case of a clock that runs by it on some of the incidents, None where
    none does, and with `answers` what the organisation answered on its regimes, None before that.
    """
    running = RegulatoryClock.objects.filter(
        ~Q(state=RegulatoryClock.State.ENDED),
        submission__isnull=True,
        rule_id=OuterRef("pk"),
        incident__in=incidents.order_by().values("pk"),
    )
    # The first by an index, not any: where nearly all run by one rule, any is a whole table.
    first = running.order_by("incident_id", "pk").values("incident_id")[:1]
    answers = OrganisationProfile.objects.order_by("pk").values("answers")[:1]
    rules = ClockRule.objects.filter(superseded_in="").annotate(
        runs=Subquery(first), answers=Subquery(answers)
    )
    found = rules.order_by("regime", "hours", "id")
    return sorted(found, key=lambda rule: (rule.regime, not rule.hours))


def _cursor(text: str) -> tuple[datetime, UUID]:
    try:
        instant, _, key = text.rpartition("_")
        return instant_read(instant), UUID(key)
    except ValueError as error:
        raise Invalid("bad_cursor", "This page cannot be found; begin with the first.") from error
