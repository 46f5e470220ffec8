"""A concern of which a case is made: held for it, then tied to the incident."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.services.entries import append_entry
from registry.models import Concern, System
from registry.services.concern_records import (
    check_stands,
    opened_concern,
    save_concern,
    subject_of,
)

State = Concern.State


@transaction.atomic
def lock_for_case(
    *, concern_id: UUID, expected_version: int, actor: Actor, at: datetime
) -> Concern:
    """Return a concern, locked, of which this officer may make a case.

    Raises Missing, Forbidden, Conflict.
    """
    concern = opened_concern(concern_id, actor, at)
    check_stands(concern, expected_version, State.READ, State.DISMISSAL)
    return concern


@transaction.atomic
def tie_to_case(
    *,
    concern: Concern,
    system: System,
    incident_id: UUID,
    incident_number: str,
    actor: Actor,
    at: datetime,
) -> Concern:
    """Tie a locked concern to the system and to the incident that was opened for it."""
    before = concern.state
    concern.state, concern.closed_at = State.CASE, at
    concern.system = system
    concern.incident_id, concern.incident_number = incident_id, incident_number
    save_concern(concern, at)
    append_entry(
        verb="concern.became_case",
        actor=actor,
        at=at,
        subject=subject_of(concern),
        before={"state": before},
        after={"state": concern.state, "incident": incident_number, "system": system.slug},
        incident_id=incident_id,
        system_id=system.pk,
    )
    return concern
