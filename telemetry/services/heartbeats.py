"""Signs of life of gateways: where one beats, the silence of a stopped system is evidence."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid
from ledger.services.entries import append_entry
from registry.models import System
from telemetry.models import Heartbeat

QUIET = timedelta(hours=1)


@transaction.atomic
def record_heartbeat(
    *,
    system_id: UUID,
    actor: Actor,
    at: datetime,
    environment: str = "production",
    refused_calls: int = 0,
) -> Heartbeat:
    """Note that a gateway is alive, and how many calls it has refused since the last time.

    Each beat is a row that stays as it is; the ledger tells of the first one, and of the first
    after a silence of an hour. Raises Invalid for a negative number.
    """
    if refused_calls < 0:
        raise Invalid("invalid", "A number of calls is not negative.")
    system = System.objects.get(pk=system_id)
    known = Heartbeat.objects.filter(system=system, environment=environment)
    heard = known.filter(at__gt=at - QUIET, at__lte=at).exists()
    beat = Heartbeat.objects.create(
        system=system, environment=environment, at=at, refused_calls=refused_calls
    )
    if not heard:
        _record(system, environment, actor, at)
    return beat


def _record(system: System, environment: str, actor: Actor, at: datetime) -> None:
    append_entry(
        verb="heartbeat.received",
        actor=actor,
        at=at,
        subject=("system", str(system.pk), system.name),
        system_id=system.pk,
        details={"environment": environment},
    )
