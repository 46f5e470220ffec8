"""The end of a remediation programme: the second signature under its figures confirms it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from incidents.models import Reconciliation, RemediationProgramme
from incidents.selectors.programmes import read_programme
from incidents.services.commands import execute
from incidents.services.programmes import sign_reconciliation
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.worded import worded
from registry.services.signatures import Ceremony


@retried
@transaction.atomic
def reconcile(
    *, action_id: UUID, side: str, rest: str, ceremony: Ceremony, actor: Actor, at: datetime
) -> Reconciliation:
    """Sign for finance or compliance; with both signatures the action is confirmed (T13).

    Raises what `sign_reconciliation` and `execute` raise.
    """
    row = sign_reconciliation(
        action_id=action_id, side=side, rest=rest, ceremony=ceremony, actor=actor, at=at
    )
    programme = row.programme
    if programme.state == RemediationProgramme.State.RECONCILED:
        read = read_programme(programme)
        execute(
            command="confirm_action",
            incident_id=programme.action.incident_id,
            actor=actor,
            at=at,
            expected_version=None,
            idempotency_key=None,
            payload={
                "action_id": action_id,
                "how": "person",
                "observed": read.figures.counts(programme.rest),
                "evidence": worded(
                    "reconciliation signed by both sides, SHA-256 {sha256}", sha256=read.sha256
                ),
            },
        )
    return row
