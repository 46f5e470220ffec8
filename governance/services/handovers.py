"""Who leaves: their seats in committees go to others; what is frozen or drafted is shown."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from governance.models import Decision, ElectorSeat, Policy, Seat, ThresholdVersion
from governance.services.committees import SeatPlan, fill_seat
from ledger.rules.actors import Actor
from ledger.rules.refusals import Missing
from ledger.rules.worded import as_titled, word, worded
from registry import duties
from registry.duties import Duty, Source
from registry.selectors.people import in_force

RUNNING = (Decision.State.DRAFT, Decision.State.OPEN)


def find_seats(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the committee seats that a person holds."""
    rows = Seat.objects.filter(in_force(at), person_id=person_id, committee__active=True)
    return [
        Duty(
            str(row.pk),
            worded("Seat in {body}: {function}", body=row.committee.name, function=row.function),
            "/committee/",
        )
        for row in rows.select_related("committee").order_by("committee__name", "number")
    ]


@transaction.atomic
def hand_over_seat(
    *,
    duty_id: str,
    from_id: UUID,
    to_id: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Fill a seat anew with its function and substitute; who was the substitute leaves that place.

    Rounds that run keep who was seated at their convening. Raises Missing, Conflict.
    """
    seat = _seat(duty_id)
    if to_id is None:
        raise Missing("unknown_person", "Somebody takes the seat.")
    substitute = seat.substitute_id if seat.substitute_id != to_id else None
    _fill(seat, person_id=to_id, substitute_id=substitute, actor=actor, at=at)


def find_substitutes(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the seats for whose holder a person sits when they cannot."""
    rows = Seat.objects.filter(in_force(at), substitute_id=person_id, committee__active=True)
    return [
        Duty(
            str(row.pk),
            worded(
                "Substitute in {body}: {function}, for {name}",
                body=row.committee.name,
                function=row.function,
                name=row.person.name,
            ),
            "/committee/",
            "optional",
            "The seat stays without a substitute.",
        )
        for row in rows.select_related("committee", "person").order_by("committee__name", "number")
    ]


@transaction.atomic
def hand_over_substitute(
    *,
    duty_id: str,
    from_id: UUID,
    to_id: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Give a seat another substitute, or none. Raises Missing, Invalid."""
    seat = _seat(duty_id)
    if seat.substitute_id != from_id:
        return
    _fill(seat, person_id=seat.person_id, substitute_id=to_id, actor=actor, at=at)


def find_ballots(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the running rounds in which a person is seated: frozen at their convening."""
    rows = ElectorSeat.objects.filter(
        Q(seated_id=person_id) | Q(holder_id=person_id), decision__state__in=RUNNING
    ).select_related("decision")
    return [
        Duty(
            str(row.pk),
            worded(
                "Seated in {number}: {title}",
                number=row.decision.number,
                title=as_titled(row.decision.title),
            ),
            f"/committee/{row.decision.number}/",
            "none",
            "The electorate is frozen: the substitute sits, or the quorum counts without them.",
        )
        for row in rows.order_by("decision__number", "number")
    ]


def find_drafts(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return what a person drafted that waits for approval: it stays, in their name."""
    bands = ThresholdVersion.objects.filter(author_id=person_id, state="draft")
    policies = Policy.objects.filter(author_id=person_id, state="draft").select_related("unit")
    note = "Stays for who approves it."
    found = [
        Duty(
            f"threshold.{row.pk}",
            worded("Draft of {name}, version {number}", name=row.threshold.name, number=row.number),
            f"/systems/{row.threshold.system.slug}/",
            "none",
            note,
        )
        for row in bands.select_related("threshold__system").order_by("pk")
    ]
    return found + [
        Duty(
            f"policy.{row.pk}",
            worded("Draft of the policy of {unit}", unit=row.unit.name),
            "",
            "none",
            note,
        )
        for row in policies.order_by("unit__name", "number")
    ]


def register_duties() -> None:
    """Register this floor's sources."""
    for source in (
        Source("seats", word("Committee seats"), find_seats, hand_over_seat),
        Source("substitutes", word("Substitute seats"), find_substitutes, hand_over_substitute),
        Source("ballots", word("Rounds that run"), find_ballots),
        Source("rule drafts", word("Drafts of rules"), find_drafts),
    ):
        duties.register(source)


def _seat(seat_id: str) -> Seat:
    """Return the seat as it stands now: a former step may have filled it anew."""
    known = Seat.objects.filter(pk=seat_id).first()
    if known is None:
        raise Missing("unknown_seat", "There is no such seat.")
    rows = Seat.objects.filter(
        committee_id=known.committee_id, number=known.number, until_at__isnull=True
    )
    return rows.first() or known


def _fill(
    seat: Seat, *, person_id: UUID, substitute_id: UUID | None, actor: Actor, at: datetime
) -> None:
    plan = SeatPlan(
        seat.function,
        person_id,
        substitute_id,
        chair=seat.chair,
        vice_chair=seat.vice_chair,
        required=seat.required,
    )
    fill_seat(committee_id=seat.committee_id, number=seat.number, seat=plan, actor=actor, at=at)
