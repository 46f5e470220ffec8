"""Privileged notes as the page of a case shows them: how many there are, the newest of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from incidents.models import Incident
from incidents.selectors.notes import MOST_COUNTED, count_notes
from incidents.selectors.releases import states_of_notes
from registry.models import User

PAGE = 20


def notes_seen(
    incident: Incident, reader: User, *, at: datetime, before: UUID | None, has_any: bool
) -> dict[str, Any]:
    """Return the newest notes that the reader may read, or those before the note `before`.

    Without any note nothing of them is read. Raises Missing where `before` is none of the case.
    """
    count = count_notes(incident=incident) if has_any else 0
    found = (
        states_of_notes(incident=incident, person=reader, at=at, before=before, limit=PAGE + 1)
        if count
        else []
    )
    return {
        "count": count,
        "is_many": count >= MOST_COUNTED,
        "read": found[:PAGE],
        "pages": {
            "shown": len(found[:PAGE]),
            "older_url": f"?notes={found[PAGE - 1].note.pk}#notes" if len(found) > PAGE else "",
            "newer_url": "?#notes" if before is not None else "",
        },
    }
