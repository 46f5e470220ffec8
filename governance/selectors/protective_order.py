"""After a tie at high tier: which motion comes next, the most protective first (KOM-14)."""

from governance.models import Decision
from governance.rules.motion_kinds import WORDS, after_tie, is_due
from incidents.models import Incident
from incidents.selectors.proofs import target_fault
from ledger.rules.refusals import Conflict
from ledger.rules.worded import joined, term, worded
from registry.models import SystemVersion
from registry.selectors import live_deployment

MOST_TARGETS = 50


def next_kinds(incident: Incident) -> tuple[str, ...]:
    """Return the kinds that are put next, in their order; () where no tie orders anything.

    What cannot be carried out is passed over: nothing that runs, no version to go back to.
    """
    if incident.risk_tier != "high":
        return ()
    rows = Decision.objects.filter(
        incident_id=incident.pk, cycle=incident.cycle, matter=Decision.Matter.CASE
    )
    if not rows.filter(resolution__outcome="tie").exists():
        return ()
    tried = frozenset(
        rows.filter(resolution__isnull=False).values_list("motion_actions__type", flat=True)
    )
    return tuple(kind for kind in after_tie(tried) if _is_possible(kind, incident))


def check_order(decision: Decision) -> None:
    """Refuse to vote on a motion before the more protective ones were. Raises Conflict (KOM-14)."""
    if decision.matter == Decision.Matter.CASE:
        kinds = decision.motion_actions.values_list("type", flat=True)
        require_due(decision.incident, frozenset(kinds))


def require_due(incident: Incident, kinds: frozenset[str]) -> None:
    """Refuse a motion of these kinds while more protective ones come first. Raises Conflict."""
    due = next_kinds(incident)
    if is_due(kinds, due):
        return
    raise Conflict(
        "more_protective_first",
        worded(
            "The last vote was a tie. At high tier the next motions are put in "
            "an order, the most protective first: {due}. Put a motion on {words} "
            "and vote on it; any other one waits until then.",
            due=joined(", ", [term(WORDS[kind], lowered=True) for kind in due]),
            words=term(WORDS[due[0]], lowered=True),
        ),
        extra={"next": list(due)},
    )


def _is_possible(kind: str, incident: Incident) -> bool:
    live = live_deployment(system_id=incident.system_id, environment=incident.environment)
    if kind == "suspend":
        return live is not None and not live.suspended
    if kind != "rollback":
        return True
    approved = SystemVersion.objects.filter(
        system_id=incident.system_id, state=SystemVersion.State.APPROVED
    ).order_by("-created_at")
    return any(target_fault(incident, one) is None for one in approved[:MOST_TARGETS])
