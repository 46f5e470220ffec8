"""Ratifications: what was stopped at once stands on the docket of the next body at once (T23)."""

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from governance.models import Decision, MotionAction
from governance.selectors.emergencies import unratified_without_motion
from governance.selectors.levels import body_of
from governance.services.motion_records import (
    call_members,
    next_number,
    record_motion,
    write_motion,
)
from incidents.models import Containment, Findings, Incident, Transition
from incidents.rules.containment import KIND_WORDS
from incidents.services.commands import lock_incident
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import machine
from ledger.rules.worded import titled

DOCKET = machine("docket")
JOB = "ratifications"


def put_on_docket(incident: Incident, transition: Transition, at: datetime) -> None:
    """Follow an emergency: its ratification is a motion at once, in the same transaction."""
    if incident.drill:
        return
    rows = unratified_without_motion().filter(incident=incident)
    for row in rows.select_related("person"):
        row.incident = incident
        draft_ratification(containment=row, at=at)


@retried
@transaction.atomic
def put_missing_on_docket(at: datetime) -> int:
    """Put what waits for a ratification without a motion on the docket; a job of the sweep.

    Such as what was stopped before there was a committee.
    """
    found = list(unratified_without_motion().values_list("incident_id", "pk")[:50])
    put = 0
    for incident_id, containment_id in found:
        incident = lock_incident(incident_id)
        row = unratified_without_motion().filter(pk=containment_id).select_related("person").first()
        if row is not None:
            row.incident = incident
            put += draft_ratification(containment=row, at=at) is not None
    return put


@transaction.atomic
def draft_ratification(*, containment: Containment, at: datetime) -> Decision | None:
    """Draft the motion that ratifies a containment; None where no body decides for the unit.

    The caller holds the lock of the incident. It stands beside a motion on the case itself.
    """
    incident = containment.incident
    body = body_of(incident=incident, kinds=(MotionAction.Kind.RATIFY.value,))
    if body.committee is None:
        return None
    decision = Decision(
        id=uuid4(),
        number=next_number(at),
        incident=incident,
        cycle=incident.cycle,
        committee=body.committee,
        level_words=body.words,
        matter=Decision.Matter.RATIFICATION,
        about=str(containment.pk),
        title=_title(containment),
        reason=_reason(containment),
        urgent=True,
        findings_sha256=_findings_hash(incident),
        proposed_by=containment.person or incident.owner,
        created_at=at,
    )
    row = MotionAction(
        decision=decision,
        position=1,
        type=MotionAction.Kind.RATIFY,
        words=decision.title,
        executor=containment.person or incident.owner,
        due="0s",
        proof="document",
        parameters={"containment_id": str(containment.pk)},
    )
    write_motion(decision, [row], incident)
    with acting_as(DOCKET):
        decision.save(force_insert=True, at=at)
        row.save(force_insert=True)
        call_members(decision=decision, at=at)
        record_motion("motion.drafted", decision, DOCKET, at, reason=decision.reason)
    return decision


def _title(row: Containment) -> str:
    kind = KIND_WORDS[row.kind]
    return titled("Ratify: {scope} was {kind} at once", scope=row.scope, kind=kind)[:200]


def _reason(row: Containment) -> str:
    if row.person is None:
        return f"By {row.by_rule}, without anybody's decision: {row.reason}"
    return row.reason or "The reason of who stopped it follows within a day."


def _findings_hash(incident: Incident) -> str:
    newest = Findings.objects.filter(incident=incident).order_by("-cycle", "-revision").first()
    return newest.record_sha256 if newest else ""
