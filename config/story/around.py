"""Around the story: somebody on leave, a concern without a name, and a unit below the first."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from config.story.readiness import as_person, told_in
from config.story.surroundings import FILE, Cast
from ledger.context import acting_as
from ledger.rules.actors import Actor
from registry.models import System, Unit
from registry.services.concerns import Said, raise_concern
from registry.services.delegations import record_delegation, record_leave
from registry.services.systems import register_system


def below() -> Mapping[str, Any]:
    """Return what the story tells of the unit below: its name, and the system that it proposes."""
    found: Mapping[str, Any] = told_in(FILE)["below"]
    return found


def go_on_leave(cast: Cast) -> None:
    """Record that somebody is away from yesterday on, and who acts for them in one system."""
    told = told_in(FILE)["leave"]
    person = cast.people[told["who"]]
    actor, ends = as_person(person), cast.at + timedelta(days=told["days"])
    with acting_as(actor):
        record_leave(
            user_id=person.pk, from_at=cast.at - timedelta(days=1), until_at=ends,
            actor=actor, at=cast.at,
        )  # fmt: skip
        record_delegation(
            principal_id=person.pk, delegate_id=cast.people[told["delegate"]].pk,
            from_at=cast.at, until_at=ends, reason=told["reason"],
            system_id=cast.systems[told["system"]].pk, actor=actor, at=cast.at,
        )  # fmt: skip


def raise_the_concern(cast: Cast) -> None:
    """Take a concern to which nobody put a name; its receipt is kept nowhere."""
    raise_concern(said=Said(**told_in(FILE)["concern"]), form_key="demo", at=cast.at)


def propose_below(cast: Cast, unit: Unit, actor: Actor) -> System:
    """Register the system of the unit below; nothing of it runs."""
    told = dict(below()["system"])
    owner, deputy = (cast.people[told.pop(word)] for word in ("owner", "deputy"))
    return register_system(
        **told, unit_id=unit.pk, owner_id=owner.pk, deputy_id=deputy.pk, actor=actor, at=cast.at
    )
