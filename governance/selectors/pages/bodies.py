"""Which body decides on an incident, as its stage tracker says it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from governance.selectors.committees import first_body, seats_in_force
from incidents.models import Incident
from ledger.rules.worded import term, word, worded, worded_number


def body_words(incident: Incident, at: datetime, above: Sequence[UUID]) -> str:
    """Say which body decides: 'Three seats, Dr. Ines Albrecht in the chair'."""
    body = first_body(incident=incident, above=above)
    if body is None:
        return term(word("No committee yet"))
    if body.charter.get("electorate", "seats") != "seats":
        return body.name
    seats = list(seats_in_force(committee=body, at=at))
    chair = next((seat.person.name for seat in seats if seat.chair), "")
    told = worded_number(
        "{body}, {number} seat", "{body}, {number} seats", len(seats), body=body.name
    )
    return worded("{body}, {chair} in the chair", body=told, chair=chair) if chair else told
