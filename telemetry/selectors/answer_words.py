"""Answers by their words: who may look for which, and where in the database they are found.

The words of question and answer find only events of systems whose answers the reader may look at
unmasked; everybody else finds an event by the words of its topic, which no mask covers.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from registry.models import System, User
from registry.rules.permits import OWNERS, PERMITS
from registry.selectors.people import roles_of
from registry.selectors.units import units_below

LOOK = "answer.look"
QUERY = "websearch_to_tsquery('simple'::regconfig, %(words)s)"
# As the index has it (telemetry/migrations/0014_answers_more.py), or it is not used.
WHOLE = f"""AND to_tsvector('simple'::regconfig,
   e.topic || ' ' || coalesce(e.question, '') || ' ' || coalesce(e.answer, '')) @@ {QUERY}"""
TOPIC = f"AND to_tsvector('simple'::regconfig, e.topic) @@ {QUERY}"


def systems_to_look_into(
    *, user: User | None, systems: QuerySet[System], at: datetime
) -> frozenset[UUID]:
    """Return the systems among some whose answers a person may look at; a token none.

    Three queries at most.
    """
    if user is None:
        return frozenset()
    allowed = PERMITS[LOOK].roles
    held = [one for one in roles_of(user_id=user.pk, at=at) if one[0] in allowed]
    units = {unit for _, unit, _ in held if unit is not None}
    found = Q(pk__in=[system for _, _, system in held if system is not None])
    if units:
        found |= Q(unit_id__in=units_below(unit_ids=list(units)))
    for word in sorted(allowed & OWNERS):
        found |= Q(**{f"{word}_id": user.pk})
    return frozenset(systems.filter(found).values_list("pk", flat=True))


def parts_of(systems: Collection[UUID], lookable: Collection[UUID]) -> list[tuple[list[UUID], str]]:
    """Return which systems are searched by which condition."""
    inside = [one for one in systems if one in lookable]
    outside = [one for one in systems if one not in lookable]
    return [part for part in ((inside, WHOLE), (outside, TOPIC)) if part[0]]
