"""Motions on record: number, text and hash, lock, entry, and who sees the case from now on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from governance.models import Decision, MotionAction
from governance.rules.motions import motion_hash, motion_text
from governance.selectors.committees import members_of
from governance.selectors.motions import no_such_motion
from governance.selectors.rounds import present
from incidents.models import Evidence, Incident, Participation
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict
from ledger.rules.worded import worded
from ledger.services.entries import append_entry

CALLED = "called"


def lock_round(decision_id: UUID, expected_version: int | None = None) -> Decision:
    """Return a round, locked, with incident and body. Raises Missing, Conflict if stale."""
    decision = (
        Decision.objects.select_for_update(no_key=True, of=("self",))
        .select_related("incident__system", "committee__unit")
        .filter(pk=decision_id)
        .first()
    )
    if decision is None:
        raise no_such_motion()
    if expected_version is not None and expected_version != decision.version:
        raise Conflict(
            "stale_version",
            worded(
                "You saw version {expected_version} of motion {number}; it is at "
                "version {version} now. Load it again and look before you act.",
                expected_version=expected_version,
                number=decision.number,
                version=decision.version,
            ),
            extra={"present": present(decision)},
        )
    return decision


def next_number(at: datetime) -> str:
    """Return the number of a new motion, such as 2026-19."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('governance_motion_number')")
        return f"{at.year}-{cursor.fetchone()[0]:02d}"


def call_members(*, decision: Decision, at: datetime) -> None:
    """Let those who have a seat in the body, and their substitutes, see the case from now on."""
    incident = decision.incident
    known = set(
        Participation.objects.filter(incident=incident, act=CALLED).values_list("person", flat=True)
    )
    people = members_of(committee=decision.committee, at=at)
    Participation.objects.bulk_create(
        Participation(incident=incident, cycle=incident.cycle, person=person, act=CALLED, at=at)
        for person in people
        if person.pk not in known
    )


def write_motion(decision: Decision, rows: Sequence[MotionAction], incident: Incident) -> None:
    """Set the canonical text of the motion, and its hash, which every ballot signs."""
    content = {
        "number": decision.number,
        "incident": incident.number,
        "record": decision.findings_sha256,
        "evidence": _evidence(incident),
        "title": decision.title,
        "reason": decision.reason,
        "conditions": decision.conditions,
        "actions": [_plain(row) for row in rows],
    }
    if decision.supersedes is not None:
        content["supersedes"] = decision.supersedes.number
    decision.motion = motion_text(content)
    decision.motion_sha256 = motion_hash(decision.motion)


def record_motion(
    verb: str,
    decision: Decision,
    actor: Actor,
    at: datetime,
    *,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> int:
    """Write what happened to a motion, and return the entry's number."""
    return append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("decision", str(decision.pk), f"motion {decision.number}"),
        incident_id=decision.incident_id,
        system_id=decision.incident.system_id,
        reason=reason,
        after={
            "state": decision.state,
            "version": decision.version,
            "motion_sha256": decision.motion_sha256,
        },
        details=details,
        touched=[f"governance_decision:{decision.pk}"],
    )


def _evidence(incident: Incident) -> list[str]:
    rows = Evidence.objects.filter(incident=incident, cycle=incident.cycle)
    return sorted(rows.values_list("sha256", flat=True))


def _plain(row: MotionAction) -> dict[str, Any]:
    version = row.target_version
    return {
        "type": row.type,
        "words": row.words,
        "target_version": version.label if version else "",
        "target_digest": version.named_by if version else "",
        # By id: the text is signed, and outlives the name of who carries it out.
        "executor": str(row.executor_id),
        "due": row.due,
        "proof": row.proof,
        "parameters": row.parameters,
    }
