"""Committees: which body decides for a unit, who sits in it, who leads it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from governance.models import Committee, Seat
from governance.rules.charters import LEVELS
from incidents.models import Incident
from incidents.rules.plan import from_text
from ledger.rules.refusals import Missing
from registry.models import User
from registry.selectors.people import available, people_with_role
from registry.selectors.units import units_above


def committee_in_force(
    *, unit_id: UUID, level: str, above: Sequence[UUID] | None = None
) -> Committee | None:
    """Return the active body of a level for the unit, or of the nearest unit above.

    `above` are the unit and those above it, nearest first, where the caller knows them.
    """
    above = units_above(unit_id=unit_id) if above is None else above
    rows = Committee.objects.filter(unit_id__in=above, level=level, active=True).order_by("name")
    found = sorted(rows, key=lambda row: above.index(row.unit_id))
    return found[0] if found else None


def committee_of_id(committee_id: UUID) -> Committee:
    """Return a committee. Raises Missing."""
    found = Committee.objects.filter(pk=committee_id).select_related("unit").first()
    if found is None:
        raise Missing("unknown_committee", "There is no such committee.")
    return found


def seats_in_force(*, committee: Committee, at: datetime) -> QuerySet[Seat]:
    """Return the seats of a committee at an instant, by number."""
    rows = Seat.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=at), committee=committee, from_at__lte=at
    )
    return rows.select_related("person", "substitute").order_by("number")


def has_seat(*, user_id: UUID, at: datetime) -> bool:
    """Whether a person sits in a committee at an instant, as its holder or as substitute."""
    rows = Seat.objects.filter(Q(until_at__isnull=True) | Q(until_at__gt=at), from_at__lte=at)
    return rows.filter(Q(person_id=user_id) | Q(substitute_id=user_id)).exists()


def first_body(*, incident: Incident, above: Sequence[UUID] | None = None) -> Committee | None:
    """Return who decides an incident at first: the delegate for small cases, else the committee.

    A fairness breach always goes to the committee (EVA-19); without a delegate so does everything.
    """
    plan = from_text(incident.plan)
    small = plan.small.covers(incident.severity, incident.risk_tier)
    if small and incident.kind != Incident.Kind.FAIRNESS:
        delegate = committee_in_force(unit_id=incident.unit_id, level="delegate", above=above)
        if delegate is not None:
            return delegate
    return committee_in_force(unit_id=incident.unit_id, level="committee", above=above)


def next_body(*, unit_id: UUID, level: str) -> Committee | None:
    """Return the body of the next higher level that exists, None at the top."""
    for higher in LEVELS[LEVELS.index(level) + 1 :]:
        found = committee_in_force(unit_id=unit_id, level=higher)
        if found is not None:
            return found
    return None


def leaders_of(*, committee: Committee, at: datetime) -> list[User]:
    """Return who leads a body: chair and vice chair, or everybody who holds the role it is of."""
    if committee.charter["electorate"] != "seats":
        return holders_of(committee=committee, at=at)
    seats = [seat for seat in seats_in_force(committee=committee, at=at)]
    leading = [seat.person for seat in seats if seat.chair]
    leading += [seat.person for seat in seats if seat.vice_chair]
    return leading or [seat.person for seat in seats]


def holders_of(*, committee: Committee, at: datetime) -> list[User]:
    """Return who has a seat by holding a role ('role:executive'), as at the instant."""
    role = str(committee.charter["electorate"]).removeprefix("role:")
    return people_with_role(role=role, unit_id=committee.unit_id, at=at)


def members_of(*, committee: Committee, at: datetime) -> list[User]:
    """Return everybody who has a seat in a body, and their substitutes."""
    if committee.charter["electorate"] != "seats":
        return holders_of(committee=committee, at=at)
    seats = seats_in_force(committee=committee, at=at)
    people = [person for seat in seats for person in (seat.person, seat.substitute)]
    return _once(person for person in people if person is not None)


def secretaries_of(*, committee: Committee, at: datetime) -> list[User]:
    """Return the secretaries of a committee's unit."""
    return people_with_role(role="secretary", unit_id=committee.unit_id, at=at)


def may_lead(*, committee: Committee, at: datetime) -> list[User]:
    """Return who may convene and close: the chair, the vice chair while the chair is away, and the
    secretary for them."""
    leaders = leaders_of(committee=committee, at=at)
    return _once([*leaders, *secretaries_of(committee=committee, at=at)])


def absent_until(*, user_id: UUID, closes_at: datetime, at: datetime) -> bool:
    """Whether a person is away now and still will be when a round closes."""
    away = not available(user_id=user_id, at=at)
    return away and not available(user_id=user_id, at=closes_at)


def _once(people: Iterable[User]) -> list[User]:
    return list({person.pk: person for person in people}.values())
