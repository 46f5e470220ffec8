"""Asking for a verification of the whole ledger."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.services.verification import request_verification
from outbox.services.hints import nudge

JOB = "ledger_verification"


@transaction.atomic
def start_verification(*, actor: Actor, at: datetime) -> UUID:
    """Ask for a verification, tell a worker, and return its id; who may is asked at the door."""
    run_id = request_verification(actor=actor, at=at)
    nudge(JOB)
    return run_id
