"""Cases like one: the same KPI breached before, what was decided then, and whether it helped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from governance.models import BreachCause
from incidents.models import Action, Incident, VerificationWindow
from incidents.rules.states import CLOSED

MOST = 5
HELPED = {"PASSED": "it helped", "FAILED": "it did not help"}


@dataclass(frozen=True, slots=True)
class Similar:
    """A case like another: which, when it ended, what was said to cause it, what was done."""

    number: str
    title: str
    system: str
    ended_at: datetime | None
    cause: str
    done: Sequence[str]
    outcome: str


def similar_cases(
    *, incident: Incident, visible: QuerySet[Incident], most: int = MOST
) -> list[Similar]:
    """Return closed cases that the reader may see in which the same KPI was in breach.

    Those of the same system first, then the newest. Four queries.
    """
    kpis = BreachCause.objects.filter(incident=incident).values("standing__series__kpi_id")
    same = Q(causes__standing__series__kpi_id__in=kpis)
    here = Case(
        When(system_id=incident.system_id, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    ended = Incident.objects.filter(same, pk__in=visible.values("pk"), state=CLOSED)
    ids = list(
        ended.exclude(pk=incident.pk)
        .exclude(drill=True)
        .annotate(here=here)
        .order_by("here", "-opened_at")
        .values_list("pk", flat=True)
        .distinct()[: most * 2]
    )
    rows = Incident.objects.filter(pk__in=ids).defer("plan").select_related("system")
    found = {row.pk: row for row in rows.prefetch_related("findings", "actions", "windows")}
    ordered = [found[pk] for pk in dict.fromkeys(ids) if pk in found]
    return [_similar(row) for row in ordered[:most]]


def _similar(row: Incident) -> Similar:
    findings = sorted(row.findings.all(), key=lambda one: (one.cycle, one.revision))
    actions = [one for one in row.actions.all() if one.state == Action.State.CONFIRMED]
    return Similar(
        number=row.number,
        title=row.title,
        system=row.system.name,
        ended_at=row.closed_at,
        cause=findings[-1].get_cause_display() if findings else "",
        done=tuple(dict.fromkeys(one.get_type_display() for one in actions)),
        outcome=_outcome(list(row.windows.all())),
    )


def _outcome(windows: Sequence[VerificationWindow]) -> str:
    """Say what the last proofs showed; '' where nothing was measured or it is not known."""
    judged = [one for one in windows if one.superseded_at is None and one.outcome in HELPED]
    if not judged:
        return ""
    failed = any(one.outcome == "FAILED" for one in judged)
    return HELPED["FAILED" if failed else "PASSED"]
