"""An update of the law's data before it is applied: what it changes, for whom, which clocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.models import RegulatoryClock
from incidents.selectors.clocks import clocks_of_rules
from registry.models import User
from registry.selectors.systems import systems_visible_to
from registry.services.reference import Plan, plan_reference
from registry.services.reference.tables import Document


@dataclass(frozen=True, slots=True)
class Update:
    """The plan of an update, and the clocks that run by rules which it changes."""

    plan: Plan
    clocks: tuple[RegulatoryClock, ...]


def update_for(
    *, user: User | None, at: datetime, documents: Sequence[Document] | None = None
) -> Update:
    """Return what loading the shipped files would change, of the systems that somebody may see.

    Without a person, of every system. `documents` take the place of the shipped files. Raises
    Invalid, Conflict.
    """
    systems = None if user is None else systems_visible_to(user=user, at=at)
    plan = plan_reference(at=at, documents=documents, systems=systems)
    rules = [one.id for one in plan.changes("ClockRule")]
    ids = None if systems is None else list(systems.values_list("pk", flat=True))
    clocks = clocks_of_rules(rule_ids=rules, system_ids=ids) if rules else []
    return Update(plan, tuple(clocks))
