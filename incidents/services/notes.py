"""Privileged notes: written for counsel; the record says that there is one, not what it says."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from incidents.models import Incident, PrivilegedNote
from incidents.selectors.notes import MAY_WRITE, may_write
from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.rules.refusals import Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.rules.permits import in_words

LONGEST = 20_000


@transaction.atomic
def write_note(*, incident_id: UUID, text: str, actor: Actor, at: datetime) -> PrivilegedNote:
    """Write a privileged note on an incident, ended or not; by compliance or an executive.

    It can be read by compliance and its author. Raises Missing, Forbidden, Invalid.
    """
    rows = Incident.objects.select_related("system")
    incident: Incident | None = rows.filter(pk=incident_id).first()
    if incident is None:
        raise Missing("not_found", "There is no such incident that you may see.")
    person = _writer(incident, actor, at)
    written = text.strip()
    if not written or len(written) > LONGEST:
        words = worded("Between one and {longest} characters.", longest=LONGEST)
        raise Invalid("no_text", words, fields={"text": words})
    note_id = uuid4()
    number = append_entry(
        verb="incident.note_written",
        actor=actor,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"note": note_id, "text": Personal(written, kind="note", private=True)},
        touched=[f"incidents_privilegednote:{note_id}"],
    )
    return PrivilegedNote.objects.create(
        id=note_id,
        incident=incident,
        author_id=person,
        text=written,
        made_at=at,
        entry_number=number,
    )


def _writer(incident: Incident, actor: Actor, at: datetime) -> UUID:
    if actor.person is not None and may_write(incident=incident, user_id=actor.person, at=at):
        return actor.person
    raise Forbidden(
        "role_missing",
        worded(
            "You cannot write a privileged note on {number}: that takes {may_write}.",
            number=incident.number,
            may_write=in_words(MAY_WRITE),
        ),
        who_can=[in_words(MAY_WRITE)],
        recorded=True,
        subject=("incident", str(incident.pk), incident.number),
    )
