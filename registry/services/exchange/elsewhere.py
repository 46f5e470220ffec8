"""What another record says of a system's past: taken in as said there, unsigned."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.services.entries import append_entry
from registry.models import Import, RecordedElsewhere, System
from registry.rules.exchange.history import fingerprint
from registry.services.access import require_system_permit

UNSIGNED = "recorded elsewhere, unsigned"


@transaction.atomic
def record_elsewhere(
    *,
    system: System,
    values: Mapping[str, str],
    source: str,
    of: Import | None = None,
    row: int | None = None,
    actor: Actor,
    at: datetime,
) -> RecordedElsewhere | None:
    """Take in what another record says; None where it was taken in already.

    It is no approval, deployment or signature of ours and nothing counts it as one. Raises
    Forbidden.
    """
    require_system_permit(act="history.record", system=system, actor=actor, at=at)
    mark = fingerprint(values)
    if RecordedElsewhere.objects.filter(system=system, fingerprint=mark).exists():
        return None
    made: RecordedElsewhere = RecordedElsewhere(
        system=system,
        kind=values["kind"],
        began_at=datetime.fromisoformat(values["began_at"]),
        ended_at=datetime.fromisoformat(values["ended_at"]) if values.get("ended_at") else None,
        label=values.get("label", ""),
        environment=values.get("environment", ""),
        said_by=values.get("said_by", ""),
        text=values.get("text", ""),
        source=source[:200],
        of=of,
        row=row,
        fingerprint=mark,
        recorded_by_id=actor.person,
        recorded_at=at,
    )
    made.save(force_insert=True)
    _record(made, system, actor, at)
    return made


def _record(made: RecordedElsewhere, system: System, actor: Actor, at: datetime) -> None:
    append_entry(
        verb="history.recorded_elsewhere",
        actor=actor,
        at=at,
        subject=("elsewhere", str(made.pk), f"{system.name}: {made.kind}"),
        after={
            "kind": str(made.kind),
            "began": made.began_at,
            "ended": made.ended_at,
            "version": made.label,
            "environment": made.environment,
        },
        details={
            "standing": UNSIGNED,
            "source": made.source,
            "row": made.row,
            "fingerprint": made.fingerprint,
            "said_by": Personal(made.said_by, kind="text") if made.said_by else "",
        },
        system_id=system.pk,
    )
