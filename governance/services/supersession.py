"""Supersession: a later decision in place of an adopted one, which is never edited.

Same or higher level, and as much of a majority. What had not gone out is cancelled; what had is
undone or made up for (workflow section 5, 'Revocation').
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from governance.models import Decision
from governance.rules.charters import voting_charter
from governance.rules.motion_kinds import KINDS
from governance.selectors.electorates import rules_of
from governance.services.engine import RETURNING_OFFICER
from incidents.models import Action, Incident
from incidents.rules.transitions import VERIFICATION
from incidents.services.commands.execution import execute
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import worded

SETTLED = (Action.State.CANCELLED, Action.State.FAILED)


def decision_to_supersede(*, incident: Incident, decision_id: UUID) -> Decision:
    """Return the adopted decision of this cycle to be replaced. Raises Missing, Conflict."""
    rows = Decision.objects.filter(pk=decision_id, incident=incident)
    found = rows.select_related("committee").first()
    if found is None:
        raise Missing(
            "unknown_motion", worded("{number} has no such decision.", number=incident.number)
        )
    if found.state != Decision.State.ADOPTED or found.cycle != incident.cycle:
        raise Conflict(
            "not_in_force",
            worded(
                "Motion {number} is not a decision in force; nothing is there to replace.",
                number=found.number,
            ),
        )
    later = Decision.objects.filter(supersedes=found, state=Decision.State.ADOPTED).first()
    if later is not None:
        raise Conflict(
            "superseded_already",
            worded(
                "Motion {number} was replaced by motion {number_2}; replace that one.",
                number=found.number,
                number_2=later.number,
            ),
        )
    return found


def check_superseded(*, superseded: Decision, kinds: Iterable[str]) -> None:
    """Refuse what cannot take a decision's place. Raises Invalid."""
    wrong = [kind for kind in kinds if KINDS[kind].command not in ("adopt", "supersede")]
    if wrong:
        words = worded(
            "{words} does not take the place of a decision that is carried "
            "out: order other actions, or revoke it; the case then waits for "
            "its decision again.",
            words=KINDS[wrong[0]].words,
        )
        raise Invalid("motion_not_right", words, fields={"actions": words})


def majority_of(decision: Decision) -> str:
    """Return the majority that a decision was carried by, at the least."""
    kinds = set(decision.motion_actions.values_list("type", flat=True))
    charter = voting_charter(
        rules_of(decision),
        risk_tier=decision.risk_tier or decision.incident.risk_tier,
        acceptance="accept_risk" in kinds,
        least_majority=decision.least_majority,
    )
    return charter.majority


def take_back(
    *, decision: Decision, superseded: Decision, at: datetime, unsent: bool = False
) -> None:
    """Take back the actions of the decision that is replaced, after the new ones are ordered.

    `unsent`: only those that have not gone out. The caller holds the locks and acts as the
    returning officer.
    """
    actions = Action.objects.filter(decision_id=superseded.pk).exclude(state__in=SETTLED)
    if unsent:
        actions = actions.filter(state=Action.State.ORDERED, dispatched_at__isnull=True)
    for action in actions.order_by("position"):
        execute(
            command="cancel_action",
            incident_id=decision.incident_id,
            actor=RETURNING_OFFICER,
            at=at,
            expected_version=None,
            idempotency_key=f"superseded:{decision.pk}:{action.pk}",
            payload={
                "action_id": action.pk,
                "decision_id": decision.pk,
                "reason": f"Motion {decision.number} takes the place of {superseded.number}: "
                f"{decision.title}",
            },
        )


def back_to_decision(*, decision: Decision, words: str, at: datetime) -> None:
    """Where nothing is carried out any more: the case waits for its decision again (T17)."""
    incident = Incident.objects.get(pk=decision.incident_id)
    if incident.state != VERIFICATION:
        return
    execute(
        command="verification_failed",
        incident_id=incident.pk,
        actor=RETURNING_OFFICER,
        at=at,
        expected_version=None,
        idempotency_key=f"revoked:{decision.pk}",
        payload={"reason": words},
    )
