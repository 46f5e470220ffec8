"""What was ordered, what of it is still to be done, and how its effect is proved."""

from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from incidents.models import Action, Incident, Transition, VerificationWindow
from incidents.rules.transitions import ENDED
from ledger.rules.worded import term, worded
from registry.models import SystemVersion

UNDER_PROOF = """
SELECT series_id FROM incidents_verificationwindow
 WHERE outcome = 'RUNNING' AND superseded_at IS NULL AND series_id IS NOT NULL
"""
DECIDING = ("adopt", "keep_running", "accept_risk")
UNSETTLED = (Action.State.ORDERED, Action.State.DISPATCHED)
SETTLED = (Action.State.CONFIRMED, Action.State.CANCELLED, Action.State.FAILED)
"""What nothing is waited for any more; of what failed the next decision says what follows."""


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


def measured_proofs(incident: Incident) -> QuerySet[VerificationWindow]:
    """Return the proofs of this cycle that count and are judged from readings or standstill."""
    measured = (Action.Proof.MEASURED, Action.Proof.STOPPED)
    return windows_of(incident).filter(proof__in=measured)


def newest_decision(incident: Incident) -> UUID | None:
    """Return the decision that was carried out last in this cycle, None where there is none."""
    rows = Transition.objects.filter(
        incident_id=incident.pk, cycle=incident.cycle, command__in=DECIDING
    )
    found = rows.order_by("-version").values_list("payload__decision_id", flat=True).first()
    return UUID(found) if found else None


def target_fault(incident: Incident, version: SystemVersion | None) -> tuple[str, str] | None:
    """Return why a version may not be made to run, as code and words; None if it may.

    It is of this system, approved, not revoked, and not itself what an open incident is about
    (workflow section 7): asked at the decision, before each dispatch and at the confirmation.
    """
    if version is None or version.system_id != incident.system_id:
        return "target_not_approved", "The target version is unknown here."
    if version.state != SystemVersion.State.APPROVED:
        state = term(version.state)
        words = worded("The target version is {state}; only an approved one may run.", state=state)
        return "target_not_approved", words
    if version.pk == incident.live_version_id or _fails_elsewhere(incident, version):
        words = worded(
            "Version {version} is itself what an open incident is about.", version=version.label
        )
        return "target_is_the_cause", words
    return None


def _fails_elsewhere(incident: Incident, version: SystemVersion) -> bool:
    others = Incident.objects.filter(system_id=incident.system_id, live_version=version)
    return bool(others.exclude(state__in=ENDED).exclude(pk=incident.pk).exists())


def series_under_proof() -> set[int]:
    """Return the series that a running proof is measured on; few, found by their partial index.

    Every delivery of readings asks, so the statement is written out.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNDER_PROOF)
        return {series for (series,) in cursor.fetchall()}
