"""Which endpoints are asked now, and about which actions an answer says something."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from incidents.models import Action, ProbeEndpoint, ProbeState, VerificationWindow
from incidents.rules.transitions import DECISION, EXECUTION, VERIFICATION
from incidents.selectors.proofs import UNSETTLED
from registry.models import System

SEEN_BY_PROBE = (
    Action.Type.ROLLBACK,
    Action.Type.PIN,
    Action.Type.RETRAIN,
    Action.Type.SUSPEND,
    Action.Type.RETIRE,
    Action.Type.RESUME,
    Action.Type.RESTRICT,
    Action.Type.ADJUST,
)
"""Actions that change what a system says of its state."""


def due_probes(at: datetime) -> QuerySet[ProbeState]:
    """Return the states of endpoints from which something is to be learnt now."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
    rows = ProbeState.objects.filter(free, next_at__lte=at, endpoint__active=True)
    asked = _of_interest().filter(
        incident__system=OuterRef("endpoint__system"),
        environment=OuterRef("endpoint__environment"),
    )
    found = rows.filter(Exists(asked)).select_related("endpoint__system")
    return found.order_by("next_at", "endpoint")


def probed_actions(endpoint: ProbeEndpoint) -> list[Action]:
    """Return what an answer of an endpoint is compared with, in the order of the incidents."""
    rows = _of_interest().filter(
        incident__system=endpoint.system_id, environment=endpoint.environment
    )
    found = rows.select_related("incident", "target_version")
    return list(found.order_by("incident_id", "ordered_at", "position"))


def probes_of(system: System) -> QuerySet[ProbeEndpoint]:
    """Return the endpoints of a system with how they go."""
    rows = ProbeEndpoint.objects.filter(system=system)
    return rows.select_related("state", "set_by", "system").order_by("environment")


def _of_interest() -> QuerySet[Action]:
    """What waits for its confirmation, and what is under proof (drift); of stops only whole ones.

    A stop of a part cannot be told from whether anything serves.
    """
    proving = VerificationWindow.objects.filter(
        action=OuterRef("pk"),
        superseded_at__isnull=True,
        outcome__in=(VerificationWindow.Outcome.RUNNING, VerificationWindow.Outcome.PASSED),
    )
    under_proof = Q(state=Action.State.CONFIRMED, incident__state=VERIFICATION) & Exists(proving)
    waiting = Q(state__in=UNSETTLED, incident__state__in=(EXECUTION, VERIFICATION, DECISION))
    rows = Action.objects.filter(waiting | under_proof, type__in=SEEN_BY_PROBE)
    return rows.exclude(
        Q(type=Action.Type.SUSPEND)
        & Q(parameters__scope__isnull=False)
        & ~Q(parameters__scope="everything")
    )
