"""Pauses: planned times in which a system sends nothing (EVA-08)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid, Missing
from ledger.services.entries import append_entry
from registry.models import System
from registry.services.access import require_system_permit
from telemetry.models import Pause
from telemetry.services.baselines import person_of, refuse_text


@transaction.atomic
def set_pause(
    *,
    system_id: UUID,
    from_at: datetime,
    until_at: datetime,
    reason: str,
    actor: Actor,
    at: datetime,
    environment: str = "production",
) -> Pause:
    """Say that a system sends nothing for a time, so that its silence is no breach (EVA-08).

    It has an end and begins now at the earliest. Raises Missing, Forbidden, Invalid.
    """
    system = System.objects.filter(pk=system_id).first()
    if system is None:
        raise Missing("unknown_system", "There is no such system that you may see.")
    require_system_permit(act="pause.set", system=system, actor=actor, at=at)
    if not reason.strip():
        raise Invalid("reason_needed", "Say why nothing comes.", fields={"reason": "Say why."})
    refuse_text("reason", reason)
    if until_at <= max(from_at, at):
        words = "A pause ends after it begins, and in the future."
        raise Invalid("invalid_pause", words, fields={"until_at": words})
    pause = Pause(
        system=system,
        environment=environment,
        from_at=max(from_at, at),
        until_at=until_at,
        reason=reason.strip(),
        set_by=person_of(None, actor),
        set_at=at,
    )
    pause.save(force_insert=True, at=at)
    append_entry(
        verb="pause.set",
        actor=actor,
        at=at,
        subject=("system", str(system.pk), system.name),
        system_id=system.pk,
        after={"environment": environment, "from": pause.from_at, "until": pause.until_at},
        reason=reason,
        touched=[f"telemetry_pause:{pause.pk}"],
    )
    return pause
