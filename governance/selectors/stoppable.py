"""Which systems a person may stop at once: the way there from the desk, in one question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.selectors.at_once import Question, Rows, at_once, named
from registry.models import System, User
from registry.rules.permits import PERMITS

MOST = 8
"""As many are listed; who may stop more finds the others in the list of systems."""
RUNNING = (System.Lifecycle.PILOT, System.Lifecycle.PRODUCTION)
PEOPLE = frozenset({"owner", "deputy"})

# The reader, and those for whom they act: within a unit and all below it, or within a system, where
# the delegation names one. What a unit covers is asked for once, from the units named downwards.
MAY_STOP = """
WITH RECURSIVE acting(person_id, unit_id, system_id) AS (
    SELECT id, NULL::uuid, NULL::uuid FROM registry_user WHERE id = %(reader)s AND is_active
    UNION ALL
    SELECT lent.principal_id, lent.unit_id, lent.system_id
    FROM registry_delegation lent JOIN registry_user principal ON principal.id = lent.principal_id
    WHERE lent.delegate_id = %(reader)s AND principal.is_active
      AND lent.from_at <= %(at)s AND lent.until_at > %(at)s
), held(person_id, unit_id, system_id) AS (
    SELECT given.user_id, given.unit_id, given.system_id FROM registry_roleassignment given
    WHERE given.user_id IN (SELECT person_id FROM acting) AND given.role = ANY(%(roles)s)
      AND given.from_at <= %(at)s AND (given.until_at IS NULL OR given.until_at > %(at)s)
), covers(top_id, unit_id) AS (
    SELECT unit_id, unit_id FROM (
        SELECT unit_id FROM acting UNION SELECT unit_id FROM held
    ) named WHERE unit_id IS NOT NULL
    UNION
    SELECT covers.top_id, unit.id
    FROM registry_unit unit JOIN covers ON unit.parent_id = covers.unit_id
)
SELECT system.slug, system.name
FROM registry_system system
WHERE system.sample = '' AND system.lifecycle <> %(retired)s AND EXISTS (
    SELECT 1 FROM acting
    WHERE (acting.system_id IS NULL OR acting.system_id = system.id)
      AND (acting.unit_id IS NULL OR EXISTS (
          SELECT 1 FROM covers
          WHERE covers.top_id = acting.unit_id AND covers.unit_id = system.unit_id))
      AND (acting.person_id IN (system.owner_id, system.deputy_id) OR EXISTS (
          SELECT 1 FROM held
          WHERE held.person_id = acting.person_id AND (held.system_id = system.id OR EXISTS (
              SELECT 1 FROM covers
              WHERE covers.top_id = held.unit_id AND covers.unit_id = system.unit_id)))))
ORDER BY (system.lifecycle = ANY(%(running)s)) DESC, system.name, system.id
LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Stoppable:
    """A system that somebody may stop at once: the last part of its address, and its name."""

    slug: str
    name: str


def stoppable_by(*, user: User, at: datetime, most: int = MOST + 1) -> Sequence[Stoppable]:
    """Return the systems that a person may stop at once, what runs first, then by name.

    Their own, those of the roles they hold, and those of the people for whom they act; samples and
    what is retired are left out. The page of a stop asks again.
    """
    return stops_told(at_once({"stops": stops_asked(user=user, at=at, most=most)})["stops"])


def stops_asked(*, user: User, at: datetime, most: int = MOST + 1) -> Question:
    """Return what to ask for `stoppable_by`, to be read by `stops_told`."""
    given: dict[str, Any] = {
        "reader": user.pk,
        "at": at,
        "roles": sorted(PERMITS["stop.now"].roles - PEOPLE),
        "retired": System.Lifecycle.RETIRED.value,
        "running": [one.value for one in RUNNING],
        "most": most,
    }
    return named(MAY_STOP, given)


def stops_told(rows: Rows) -> Sequence[Stoppable]:
    """Return the systems that `stops_asked` found."""
    return [Stoppable(*row) for row in rows]
