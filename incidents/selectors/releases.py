"""Released privileged notes: which ones, and who may ask for it or agree to it."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from incidents.models import Incident, NoteRelease, PrivilegedNote
from incidents.selectors.notes import MAY_READ
from ledger.rules.refusals import Conflict, Forbidden, Missing, Refused
from ledger.rules.worded import term, worded
from registry.models import User
from registry.selectors import people_with_role
from registry.selectors.people import roles_for_system

VALIDATING = frozenset({"compliance", "risk"})
VALIDATORS = "a compliance or risk officer"
MOST = 20


@dataclass(frozen=True, slots=True)
class NoteState:
    """A note that the reader may read, how far its release is, and what they may do about it."""

    note: PrivilegedNote
    asked: NoteRelease | None
    agreed: NoteRelease | None
    may_ask: bool
    may_agree: bool


def states_of_notes(
    *,
    incident: Incident,
    person: User,
    at: datetime,
    before: UUID | None = None,
    limit: int = MOST,
) -> Sequence[NoteState]:
    """Return the newest notes that a person may read, or those before one of the incident's.

    Released ones everybody reads.
    """
    held = roles_for_system(user_id=person.pk, system=incident.system, at=at)
    notes = _readable(incident, person, held, before, limit)
    rows = NoteRelease.objects.filter(note_id__in=[one.pk for one in notes]).select_related("by")
    steps = {(row.note_id, row.step): row for row in rows}
    return [
        _state(
            note,
            steps.get((note.pk, NoteRelease.Step.ASKED)),
            steps.get((note.pk, NoteRelease.Step.AGREED)),
            person,
            officer=bool(held & VALIDATING),
        )
        for note in notes
    ]


def _readable(
    incident: Incident, person: User, held: Set[str], before: UUID | None, limit: int
) -> list[PrivilegedNote]:
    """Return notes from the newest down: all for compliance, for others theirs and the released."""
    rows = PrivilegedNote.objects.filter(incident=incident).select_related("author")
    if before is not None:
        last = rows.filter(pk=before).first()
        if last is None:
            raise Missing("unknown_note", "There is no such note that you may see.")
        older = Q(made_at__lt=last.made_at) | Q(pk__lt=last.pk)
        rows = rows.filter(older, made_at__lte=last.made_at)
    if held & MAY_READ:
        return list(rows.order_by("-made_at", "-pk")[:limit])
    released = rows.filter(releases__step=NoteRelease.Step.AGREED)
    parts = [
        part.order_by("-made_at", "-pk")[:limit] for part in (rows.filter(author=person), released)
    ]
    found = {note.pk: note for part in parts for note in part}
    newest = sorted(found.values(), key=lambda one: (one.made_at, one.pk), reverse=True)
    return newest[:limit]


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
        term("its author does not agree to its release")
        if note.author_id == person.pk
        else worded("that takes {who}", who=term(VALIDATORS))
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
