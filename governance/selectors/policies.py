"""Policies: which one is in force for a unit, and the shipped profiles."""

import copy
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from django.db.models import QuerySet

from governance.models import Policy
from governance.rules.policy import kept_policy, policy_from
from governance.rules.policy_document import PolicyDocument
from incidents.rules.plan import FrozenPlan
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from registry.models import Deployment, User
from registry.selectors.units import units_above, units_in_scope

REFERENCE = Path(__file__).resolve().parent.parent / "reference"
PROFILES = ("small", "bank", "demo")
SEVERITY_PARTS = ("groups", "matrix", "floors")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def policy_in_force(*, unit_id: UUID, at: datetime) -> Policy | None:
    """Return the active policy of the unit, or of the nearest unit above that has one."""
    above = units_above(unit_id=unit_id)
    rows = Policy.objects.filter(unit_id__in=above, state=Policy.State.ACTIVE, valid_from__lte=at)
    by_unit = {row.unit_id: row for row in rows}
    return next((by_unit[unit] for unit in above if unit in by_unit), None)


def document_of(policy: Policy | None) -> PolicyDocument:
    """Return a policy's document; without a policy the shipped small one, for no case waits."""
    return _shipped_small() if policy is None else kept_policy(policy.body)


@cache
def _shipped_small() -> PolicyDocument:
    return policy_from(shipped_profile("small"))


def document_of_plan(plan: FrozenPlan) -> PolicyDocument:
    """Return the policy that a plan was frozen from; versions are never changed once in force."""
    if not plan.policy_id:
        return document_of(None)
    return document_of(Policy.objects.get(pk=plan.policy_id))


def shipped_profile(name: str) -> dict[str, Any]:
    """Return a shipped profile as plain data, with the severity matrix. Raises Invalid."""
    if name not in PROFILES:
        raise Invalid(
            "unknown_profile",
            worded(
                "There is no profile {name!r}; {profiles}.", name=name, profiles=", ".join(PROFILES)
            ),
        )
    data: dict[str, Any] = _read(REFERENCE / "profiles" / f"{name}.yaml")
    severity = _read(REFERENCE / "severity.yaml")
    return data | {"severity": {part: severity[part] for part in SEVERITY_PARTS}}


def policies_of(*, unit_ids: list[UUID]) -> QuerySet[Policy]:
    """Return the versions of the policies of some units, newest first."""
    rows = Policy.objects.filter(unit_id__in=unit_ids)
    return rows.select_related("author", "approved_by", "unit").order_by("unit__name", "-number")


def policies_visible_to(*, user: User, at: datetime) -> QuerySet[Policy]:
    """Return the policies of the units in which a person holds a role or works."""
    units = set(units_in_scope(user_ids=[user.pk], at=at))
    units |= set(units_above(unit_id=user.unit_id)) if user.unit_id else set()
    return policies_of(unit_ids=sorted(units))


def is_set_up() -> bool:
    """Whether the organisation is still being set up: no system runs yet (I7)."""
    return not Deployment.objects.filter(until_at__isnull=True).exists()


def _read(path: Path) -> dict[str, Any]:
    return copy.deepcopy(_shipped(path))


@cache
def _shipped(path: Path) -> dict[str, Any]:
    """Return a file of this release; what is shipped does not change while a process runs."""
    text = path.read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506  a safe one
    return data
