"""Up to where a person has seen a case, and what came since."""

from uuid import UUID

from incidents.models import CaseLook, Incident
from ledger.selectors.lines import Line, lines_of_incident

MOST = 2_000


def look_of(*, incident: Incident, person: UUID) -> CaseLook | None:
    """Return the last look of a person at a case, None for one who never looked."""
    return CaseLook.objects.filter(incident_id=incident.pk, person_id=person).first()


def is_news(line: Line, *, person: UUID, after: int) -> bool:
    """Whether an entry came after another one, and was not the reader's own act."""
    own = (line.body.get("who") or {}).get("id")
    return line.number > after and str(own) != str(person)


def news_of(*, incident: Incident, person: UUID, after: int) -> list[Line]:
    """Return the entries of a case that others wrote after an entry, the newest first."""
    lines = lines_of_incident(incident_id=incident.pk, limit=MOST)
    return [line for line in lines if is_news(line, person=person, after=after)]
