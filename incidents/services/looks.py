"""That somebody looked at a case: kept for them alone, so that the next look says what is new."""

from datetime import datetime
from uuid import UUID

from incidents.models import CaseLook


def note_look(*, incident_id: UUID, person: UUID, entry: int, at: datetime) -> None:
    """Keep up to which ledger entry a person has seen a case, the newest look alone.

    To have looked is no act on the case: nothing of it goes on record.
    """
    row = CaseLook(incident_id=incident_id, person_id=person, entry_number=entry, looked_at=at)
    CaseLook.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["person", "incident"],
        update_fields=["entry_number", "looked_at"],
    )
