"""Due again: a system has changed since its assessment came into force (Art. 27(2))."""

from datetime import datetime

from django.db import transaction

from ledger.rules.actors import Actor
from registry.models import ImpactAssessment, System
from registry.services.assessments.rows import record, save_row

LONGEST = 20_000


@transaction.atomic
def find_due_again(*, system: System, what: str, actor: Actor, at: datetime) -> bool:
    """Mark the assessments in force of a locked system, and return whether there were any.

    They stay in force; every reason is kept, a line each.
    """
    rows = ImpactAssessment.objects.select_for_update(no_key=True, of=("self",))
    found = list(rows.filter(system=system, state=ImpactAssessment.State.IN_FORCE))
    for row in found:
        row.due_again_at = row.due_again_at or at
        lines = [*row.due_again_because.splitlines(), " ".join(what.split())]
        row.due_again_because = "\n".join(dict.fromkeys(lines))[-LONGEST:]
        save_row(row, at)
        record(verb="due_again", system=system, row=row, actor=actor, at=at, reason=what)
    return bool(found)
