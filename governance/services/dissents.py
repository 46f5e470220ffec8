"""Dissent: who voted against says why, signed, for the minutes."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import DissentStatement
from governance.selectors.meetings import dissenting_ballot
from governance.selectors.permissions import person_of
from governance.selectors.rounds import RUNNING, subject_of
from governance.services.motion_records import lock_round, record_motion
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import worded
from registry.models import Signature, User
from registry.services.signatures import Ceremony, sign

LONGEST = 8000


@transaction.atomic
def add_dissent(
    *, decision_id: UUID, text: str, ceremony: Ceremony, actor: Actor, at: datetime
) -> DissentStatement:
    """Add a signed statement of dissent, once, by who voted against; after the round has ended.

    It stands in the minutes; until these are signed nothing has to be drawn up anew for it but the
    minutes. Raises Missing, Forbidden, Conflict, Invalid.
    """
    decision = lock_round(decision_id)
    person = person_of(actor, words="state a dissent", subject=subject_of(decision))
    ballot = dissenting_ballot(decision, person)
    if ballot is None:
        raise Forbidden(
            "not_against",
            "You cannot state a dissent on this: who voted against it can.",
            recorded=True,
            subject=subject_of(decision),
        )
    if decision.state in RUNNING:
        raise Conflict(
            "round_open", "The vote is still open; state your dissent once it has ended."
        )
    if DissentStatement.objects.filter(ballot=ballot).exists():
        raise Conflict("stated_already", "Your statement is on record; it is not changed.")
    given = text.strip()
    if not given or len(given) > LONGEST or "\x00" in given:
        words = worded("Write why, in at most {longest} characters.", longest=LONGEST)
        raise Invalid("text_needed", words, fields={"text": words})
    signature = sign(
        user=User.objects.get(pk=person),
        meaning=Signature.Meaning.DISSENT,
        role=f"seat {ballot.seat_number}",
        subject_type="decision",
        subject_id=decision.pk,
        payload={"motion": decision.motion_sha256, "ballot": ballot.pk, "dissent": given},
        reason=f"dissent on motion {decision.number}",
        ceremony=ceremony,
        actor=actor,
        at=at,
    )
    number = record_motion(
        "motion.dissented",
        decision,
        actor,
        at,
        reason=given,
        details={"seat": ballot.seat_number, "signature": signature.pk},
    )
    return DissentStatement.objects.create(
        decision=decision,
        ballot=ballot,
        person_id=person,
        text=given,
        signature=signature,
        at=at,
        entry_number=number,
    )
