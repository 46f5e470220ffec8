"""Answers by their words: who may look for which, and where in the database they are found.

The words of question and answer find only events of systems whose answers the reader may look at
unmasked; everybody else finds an event by the words of its topic, which no mask covers.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, Case, QuerySet, Value, When

from registry.models import System, User
from telemetry.selectors.reach import within_reach

LOOK = "answer.look"
QUERY = "websearch_to_tsquery('simple'::regconfig, %(words)s)"
# As the index has it (telemetry/migrations/0014_answers_more.py), or it is not used.
WHOLE = f"""AND to_tsvector('simple'::regconfig,
   e.topic || ' ' || coalesce(e.question, '') || ' ' || coalesce(e.answer, '')) @@ {QUERY}"""
TOPIC = f"AND to_tsvector('simple'::regconfig, e.topic) @@ {QUERY}"


def systems_to_look_into(
    *, user: User | None, systems: QuerySet[System], at: datetime
) -> frozenset[UUID]:
    """Return the systems among some whose answers a person may look at; a token none. One query."""
    if user is None:
        return frozenset()
    return frozenset(
        systems.filter(within_reach(act=LOOK, user=user, at=at)).values_list("pk", flat=True)
    )


def systems_listed(*, systems: QuerySet[System], user: User, at: datetime) -> list[System]:
    """Return systems by name, as a list of answers shows them; one query.

    `looked_into` says of each whether the person may look at its answers unmasked.
    """
    told = systems.annotate(
        looked_into=Case(
            When(within_reach(act=LOOK, user=user, at=at), then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        )
    )
    return list(as_listed(told))


def as_listed(systems: QuerySet[System]) -> QuerySet[System]:
    """Return systems by name, lean; with the state, which the state machine reads with each row."""
    return systems.order_by("name").only("slug", "name", "lifecycle")


def parts_of(systems: Collection[UUID], lookable: Collection[UUID]) -> list[tuple[list[UUID], str]]:
    """Return which systems are searched by which condition."""
    inside = [one for one in systems if one in lookable]
    outside = [one for one in systems if one not in lookable]
    return [part for part in ((inside, WHOLE), (outside, TOPIC)) if part[0]]
