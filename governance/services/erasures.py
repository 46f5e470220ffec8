"""Erasing a person: two people decide; nothing held or still open is touched, no root moves.

What goes and what stays, docs/privacy.md says.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Replace

from governance.models import ElectorSeat
from governance.selectors.erasures import obstacles
from incidents.services.erasure import erase_names
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict
from ledger.rules.worded import joined, worded
from ledger.services.entries import append_entry
from ledger.services.erasures import (
    Known,
    count_values,
    erase_values,
    erased_subjects,
    listed_subjects,
    printed_rows,
    write_list,
)
from outbox.services.forgetting import forget_messages_of
from registry.models import ErasureRequest, User
from registry.services.access import require_anywhere
from registry.services.erasure import (
    erasable,
    erase_account,
    known_of,
    lock_request,
    require_second,
    settle_request,
)


@transaction.atomic
def confirm_erasure(*, request_id: UUID, actor: Actor, at: datetime) -> ErasureRequest:
    """Agree to an erasure as the second person, and carry it out.

    Raises Missing, Forbidden, Conflict where a hold covers the person or something open needs them.
    """
    asked = lock_request(request_id)
    subject = ("user", str(asked.person_id), asked.person.on_record)
    require_anywhere(act="erasure.decide", actor=actor, at=at, subject=subject)
    require_second(asked, actor)
    person = erasable(asked.person_id)
    found = obstacles(person=person, at=at)
    if found:
        words = worded(
            "{person_name} cannot be erased now: {found}",
            person_name=person.name,
            found=joined(" ", found),
        )
        raise Conflict("erasure_barred", words, extra={"because": found})
    settle_request(asked, ErasureRequest.State.DONE, actor, at)
    told = {"request": asked.pk, "basis": asked.basis, "asked_by": asked.asked_by_id}
    erase_person(person=person, told=told, actor=actor, at=at)
    return asked


@transaction.atomic
def erase_person(
    *, person: User, told: dict[str, object], actor: Actor, at: datetime, reason: str = ""
) -> int:
    """Erase a person everywhere, and return the number of the entry that says so.

    The caller has checked that it may be done; `told` are the details of the entry. The entry names
    nobody: it holds the id alone.
    """
    known = known_of(person)
    values, rows = count_values(known), printed_rows(known)
    erase_account(person=person, known=known, at=at)
    forget_messages_of(person_id=person.pk, needles=known.needles, pseudonym=known.pseudonym)
    erase_names(known=known, at=at)
    _erase_notes(known, at)
    number = append_entry(
        verb="person.erased",
        actor=actor,
        at=at,
        subject=("user", str(person.pk), known.pseudonym),
        reason=reason,
        details={**told, "values": values, "printed_names": len(rows)},
        touched=[f"registry_user:{person.pk}", *rows],
    )
    erase_values(known=known, entry=number, at=at)
    return number


def reapply_erasures(*, actor: Actor, at: datetime) -> list[str]:
    """Erase again whom a restored backup remembers, by the list outside the database.

    Two people decided it before; the restored database may not know that. Returns what was done, a
    sentence for each person.
    """
    write_list()
    return [_reapply(UUID(subject), actor, at) for subject in _forgotten_outside()]


def _forgotten_outside() -> list[str]:
    known = erased_subjects()
    return [subject for subject in listed_subjects() if subject not in known]


def _reapply(subject: UUID, actor: Actor, at: datetime) -> str:
    person = User.objects.filter(pk=subject).first()
    if person is None:
        return f"{subject} is not in this database."
    reason = "erased before; the database was restored from an older copy"
    number = erase_person(person=person, told={"again": True}, actor=actor, at=at, reason=reason)
    return f"{subject} is erased again, entry {number}."


def _erase_notes(known: Known, at: datetime) -> None:
    """Notes on seats are sentences of the product in which names stand."""
    for seat in ElectorSeat.objects.filter(note__contains=known.name):
        seat.note = seat.note.replace(known.name, known.pseudonym)
        seat.save(update_fields=["note"], at=at)
    past = ElectorSeat.history.model.objects.filter(note__contains=known.name)
    past.update(note=Replace(F("note"), Value(known.name), Value(known.pseudonym)))
