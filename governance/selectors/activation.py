"""Whether a committee could decide an ordinary case, before it is activated (KOM-20)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from governance.models import Committee
from governance.models import Seat as SeatRow
from governance.rules.charters import rules_from, voting_charter
from governance.rules.feasibility import activation_refusals
from governance.rules.votes import Seat
from governance.selectors.committees import seats_in_force
from registry.selectors.people import people_with_role

LINES = ("compliance", "risk")
TIERS = ("medium", "high")


def why_not_active(*, committee: Committee, at: datetime) -> Sequence[str]:
    """Return why a committee cannot be activated, in sentences; none if it can.

    In the normal chain whoever alone can sign a line of the validation is recused; a required seat
    of theirs needs a named substitute. What a delegate cannot decide goes to the committee.
    """
    rules = rules_from(committee.charter)
    if committee.level != Committee.Level.COMMITTEE or rules.electorate != "seats":
        return ()
    rows = list(seats_in_force(committee=committee, at=at))
    seats = [_seat(row) for row in rows]
    recused = frozenset(str(one) for one in _always_validating(committee, at))
    for tier in TIERS:
        charter = voting_charter(rules, risk_tier=tier)
        found = activation_refusals(charter, seats, recused)
        if found:
            return found
    return ()


def _always_validating(committee: Committee, at: datetime) -> list[UUID]:
    """Who is the only one for a line of the validation, so that every case recuses them."""
    found = []
    for role in LINES:
        people = people_with_role(role=role, unit_id=committee.unit_id, at=at)
        if len(people) == 1:
            found.append(people[0].pk)
    return found


def _seat(row: SeatRow) -> Seat:
    return Seat(
        no=row.number,
        function=row.function,
        person=str(row.person_id),
        substitute=str(row.substitute_id) if row.substitute_id else None,
        required=row.required,
        chair=row.chair,
        vice_chair=row.vice_chair,
    )
