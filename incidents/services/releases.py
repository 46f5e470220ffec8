"""Releasing a privileged note by name: its author asks, a compliance or risk officer agrees.

From then on its text may be in packs and on pages of the record; that it was released, for whom,
why and by whom stands in the ledger.
"""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from incidents.models import Incident, NoteRelease, PrivilegedNote
from incidents.selectors.releases import VALIDATORS, refusal_to_agree, refusal_to_ask
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.disclosures import reveal_entry
from ledger.services.entries import append_entry
from registry.models import User

LONGEST_NAME = 200
LONGEST_REASON = 2000
KIND = "note"
VERBS = {
    NoteRelease.Step.ASKED: "incident.note_release_asked",
    NoteRelease.Step.AGREED: "incident.note_released",
}


@transaction.atomic
def ask_release(
    *, note_id: UUID, recipient: str, reason: str, actor: Actor, at: datetime
) -> NoteRelease:
    """Ask that a note of one's own be released, for whom and why. Raises Missing, Forbidden,
    Conflict, Invalid.
    """
    note = _note(note_id)
    person = _person(actor)
    refusal = refusal_to_ask(note=note, person=person)
    if refusal is not None:
        raise refusal
    told = {"recipient": recipient.strip(), "reason": reason.strip()}
    limits = {"recipient": LONGEST_NAME, "reason": LONGEST_REASON}
    faults = {
        name: worded("Between one and {most} characters.", most=limits[name])
        for name, text in told.items()
        if not text or len(text) > limits[name] or "\x00" in text
    }
    if faults:
        raise Invalid("fields_missing_or_wrong", "Some fields are not right.", fields=faults)
    return _write(note, NoteRelease.Step.ASKED, person, at=at, actor=actor, **told)


@transaction.atomic
def agree_release(*, note_id: UUID, actor: Actor, at: datetime) -> NoteRelease:
    """Agree that a note be released, as somebody else than its author. Raises Missing, Forbidden,
    Conflict.
    """
    note = _note(note_id)
    person = _person(actor)
    asked = note.releases.filter(step=NoteRelease.Step.ASKED).first()
    if asked is None:
        raise Conflict("not_asked", "Its author has not asked for its release.")
    refusal = refusal_to_agree(note=note, person=person, at=at)
    if refusal is not None:
        raise refusal
    if note.releases.filter(step=NoteRelease.Step.AGREED).exists():
        raise Conflict("released_already", "This note is released already.")
    row = _write(
        note,
        NoteRelease.Step.AGREED,
        person,
        recipient=asked.recipient,
        reason=asked.reason,
        actor=actor,
        at=at,
    )
    reveal_entry(number=note.entry_number, kind=KIND)
    return row


def _note(note_id: UUID) -> PrivilegedNote:
    """Return a note, its incident locked: nobody changes a note, and one release has its turn."""
    rows = PrivilegedNote.objects.select_related("author")
    found: PrivilegedNote | None = rows.filter(pk=note_id).first()
    if found is None:
        raise Missing("unknown_note", "There is no such note that you may see.")
    incidents = Incident.objects.select_for_update(no_key=True, of=("self",))
    found.incident = incidents.select_related("system").get(pk=found.incident_id)
    return found


def _person(actor: Actor) -> User:
    found: User | None = (
        User.objects.filter(pk=actor.person, is_active=True).first() if actor.person else None
    )
    if found is None:
        words = worded(
            "Only a person releases a privileged note: its author, then {validators}.",
            validators=VALIDATORS,
        )
        raise Forbidden("not_your_part", words)
    return found


def _write(
    note: PrivilegedNote,
    step: NoteRelease.Step,
    person: User,
    *,
    recipient: str,
    reason: str,
    actor: Actor,
    at: datetime,
) -> NoteRelease:
    incident, release_id = note.incident, uuid4()
    number = append_entry(
        verb=VERBS[step],
        actor=actor,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        reason=reason,
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"note": note.pk, "note_entry": note.entry_number, "recipient": recipient},
        touched=[f"incidents_noterelease:{release_id}"],
    )
    return NoteRelease.objects.create(
        id=release_id,
        note=note,
        step=step,
        recipient=recipient,
        reason=reason,
        by=person,
        at=at,
        entry_number=number,
    )
