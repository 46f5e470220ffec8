"""Released privileged notes: which ones, and who may ask for it or agree to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.models import Incident, NoteRelease, PrivilegedNote
from incidents.selectors.notes import notes_for
from ledger.rules.refusals import Conflict, Forbidden, Refused
from ledger.rules.worded import worded
from registry.models import User
from registry.selectors import people_with_role
from registry.selectors.people import roles_for_system

VALIDATING = frozenset({"compliance", "risk"})
VALIDATORS = "a compliance or risk officer"


@dataclass(frozen=True, slots=True)
class NoteState:
    """A note that the reader may read, how far its release is, and what they may do about it."""

    note: PrivilegedNote
    asked: NoteRelease | None
    agreed: NoteRelease | None
    may_ask: bool
    may_agree: bool


def states_of_notes(*, incident: Incident, person: User, at: datetime) -> Sequence[NoteState]:
    """Return the notes that a person may read, the newest first; released ones everybody reads."""
    own = notes_for(incident=incident, user_id=person.pk, at=at)
    released = PrivilegedNote.objects.filter(
        incident=incident, releases__step=NoteRelease.Step.AGREED
    ).select_related("author")
    notes = {note.pk: note for note in (*own, *released)}
    rows = NoteRelease.objects.filter(note_id__in=notes).select_related("by")
    steps = {(row.note_id, row.step): row for row in rows}
    held = roles_for_system(user_id=person.pk, system=incident.system, at=at)
    return [
        _state(
            note,
            steps.get((note.pk, NoteRelease.Step.ASKED)),
            steps.get((note.pk, NoteRelease.Step.AGREED)),
            person,
            officer=bool(held & VALIDATING),
        )
        for note in sorted(notes.values(), key=lambda one: one.made_at, reverse=True)
    ]


def refusal_to_ask(*, note: PrivilegedNote, person: User) -> Refused | None:
    """Return why somebody cannot ask for a release: it is its author's to ask, once."""
    if note.author_id != person.pk:
        return Forbidden(
            "not_the_author",
            "You cannot ask for the release of this note: that is its author's to ask.",
            who_can=[note.author.name],
            recorded=True,
            subject=_subject(note),
        )
    if note.releases.filter(step=NoteRelease.Step.ASKED).exists():
        return Conflict("asked_already", "Its release is asked for already.")
    return None


def refusal_to_agree(*, note: PrivilegedNote, person: User, at: datetime) -> Refused | None:
    """Return why somebody cannot agree to a release: another one than the author, of compliance
    or risk.
    """
    held = roles_for_system(user_id=person.pk, system=note.incident.system, at=at)
    if held & VALIDATING and note.author_id != person.pk:
        return None
    why = (
        "its author does not agree to its release"
        if note.author_id == person.pk
        else f"that takes {VALIDATORS}"
    )
    return Forbidden(
        "not_your_part",
        worded("You cannot agree to the release of this note: {why}.", why=why),
        who_can=[one.name for one in _officers(note, at)] or [VALIDATORS],
        recorded=True,
        subject=_subject(note),
    )


def _officers(note: PrivilegedNote, at: datetime) -> list[User]:
    incident = note.incident
    found = {
        person.pk: person
        for role in sorted(VALIDATING)
        for person in people_with_role(
            role=role, unit_id=incident.unit_id, system_id=incident.system_id, at=at
        )
    }
    return [person for key, person in found.items() if key != note.author_id]


def _subject(note: PrivilegedNote) -> tuple[str, str, str]:
    return ("incident", str(note.incident_id), note.incident.number)


def _state(
    note: PrivilegedNote,
    asked: NoteRelease | None,
    agreed: NoteRelease | None,
    person: User,
    *,
    officer: bool,
) -> NoteState:
    is_author = note.author_id == person.pk
    return NoteState(
        note=note,
        asked=asked,
        agreed=agreed,
        may_ask=is_author and asked is None,
        may_agree=officer and not is_author and asked is not None and agreed is None,
    )
