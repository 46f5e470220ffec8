"""What stands against putting a policy in force for a unit: its systems and its calendars."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from governance.models import Policy
from governance.rules.policy_document import PolicyDocument
from governance.rules.policy_lint import calendar_faults, tier_faults
from registry.models import System, Unit
from registry.selectors.units import calendar_of, units_below

GONE = ("retired",)


def lint(*, document: PolicyDocument, unit_id: UUID, at: datetime) -> list[str]:
    """Return every reason, in a sentence, why a policy may not be put in force for a unit.

    Asked of the units that it would serve: the unit and those below without a policy of their own.
    """
    units = _served(unit_id)
    found = []
    high = System.objects.filter(unit_id__in=units, risk_tier=System.Tier.HIGH)
    if high.exclude(lifecycle__in=GONE).exists():
        found += list(tier_faults(document))
    years = document.on_call.calendar_years
    if years:
        for unit in Unit.objects.filter(pk__in=units).select_related("calendar"):
            name = f"{unit.name}, calendar {unit.calendar}"
            found += calendar_faults(calendar_of(unit=unit), name=name, years=years, on=at)
    return found


def _served(unit_id: UUID) -> Sequence[UUID]:
    below = units_below(unit_ids=[unit_id])
    others = Policy.objects.filter(unit_id__in=below, state=Policy.State.ACTIVE)
    own = set(others.exclude(unit_id=unit_id).values_list("unit_id", flat=True))
    hidden = set(units_below(unit_ids=sorted(own))) if own else set()
    return [one for one in below if one not in hidden]
