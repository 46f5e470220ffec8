"""Declared interests: who says so is recused from every round on the system, by rule."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from governance.models import DeclaredInterest
from governance.selectors.permissions import person_of
from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import System

LONGEST = 500


@transaction.atomic
def declare_interest(
    *, system_id: UUID | None, words: str, actor: Actor, at: datetime
) -> DeclaredInterest:
    """Declare an interest in a system, None for every system, for oneself.

    It holds from now on, for rounds that are convened from now on; in one that runs, nobody with
    an interest casts a ballot any more. Raises Forbidden, Missing, Conflict, Invalid.
    """
    person = person_of(actor, words="declare an interest", subject=("interest", "", "an interest"))
    if not words.strip() or len(words) > LONGEST or "\x00" in words:
        fault = worded("Say what it is, in at most {longest} characters.", longest=LONGEST)
        raise Invalid("words_needed", fault, fields={"words": fault})
    if system_id is not None and not System.objects.filter(pk=system_id).exists():
        raise Missing("unknown_system", "There is no such system.")
    where = Q(system__isnull=True) if system_id is None else Q(system_id=system_id)
    running = DeclaredInterest.objects.filter(
        where, Q(until_at__isnull=True) | Q(until_at__gt=at), person_id=person
    )
    if running.exists():
        raise Conflict("declared_already", "You have declared an interest there already.")
    row = DeclaredInterest(
        id=uuid4(), person_id=person, system_id=system_id, words=words.strip(), from_at=at
    )
    row.save(force_insert=True, at=at)
    _record("interest.declared", row, actor, at)
    return row


@transaction.atomic
def end_interest(*, interest_id: UUID, actor: Actor, at: datetime) -> DeclaredInterest:
    """End a declared interest of one's own; rounds that ran meanwhile stay as they are.

    Raises Missing, Forbidden, Conflict.
    """
    rows = DeclaredInterest.objects.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("system").filter(pk=interest_id).first()
    if row is None:
        raise Missing("unknown_interest", "There is no such declared interest.")
    if row.person_id != actor.person:
        raise Forbidden("not_yours", "Only who declared an interest ends it.")
    if row.until_at is not None:
        raise Conflict("ended_already", "It has ended already.")
    row.until_at = at
    row.save(at=at)
    _record("interest.ended", row, actor, at)
    return row


def _record(verb: str, row: DeclaredInterest, actor: Actor, at: datetime) -> None:
    where = row.system.name if row.system else "every system"
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("interest", str(row.pk), where),
        system_id=row.system_id,
        details={"words": Personal(row.words, kind="text"), "from_at": row.from_at},
        touched=[f"governance_declaredinterest:{row.pk}"],
    )
