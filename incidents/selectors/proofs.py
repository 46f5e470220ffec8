"""What was ordered, what of it is still to be done, and how its effect is proved."""

from django.db import connection
from django.db.models import QuerySet

from incidents.models import Action, Incident, VerificationWindow

SETTLED = (Action.State.CONFIRMED, Action.State.CANCELLED)


def actions_of(incident: Incident) -> QuerySet[Action]:
    """Return the actions of this cycle in the order of their decisions."""
    rows = Action.objects.filter(incident_id=incident.pk, cycle=incident.cycle)
    return rows.select_related("executor", "target_version", "confirmed_by").order_by(
        "ordered_at", "position"
    )


def pending_stopping(incident: Incident) -> QuerySet[Action]:
    """Return what must be confirmed before the incident leaves EXECUTION."""
    return actions_of(incident).filter(stopping=True).exclude(state__in=SETTLED)


def obligations_of(incident: Incident) -> QuerySet[Action]:
    """Return what runs on through VERIFICATION and is not confirmed yet."""
    return actions_of(incident).filter(stopping=False).exclude(state__in=SETTLED)


def windows_of(incident: Incident) -> QuerySet[VerificationWindow]:
    """Return the proofs of this cycle that count."""
    rows = VerificationWindow.objects.filter(
        incident_id=incident.pk, cycle=incident.cycle, superseded_at__isnull=True
    )
    return rows.select_related("action").order_by("starts_at", "id")


def series_under_proof() -> set[int]:
    """Return the series that a running proof is measured on; few, found by their partial index.

    Every delivery of readings asks, so the statement is written out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT series_id FROM incidents_verificationwindow"
            " WHERE outcome = 'RUNNING' AND superseded_at IS NULL AND series_id IS NOT NULL"
        )
        return {series for (series,) in cursor.fetchall()}
