"""Only a rehearsal is ended as one: a case never gets out this way (CLK-09)."""

from collections.abc import Mapping
from datetime import datetime

from incidents.models import Incident
from incidents.rules.plan import FrozenPlan
from incidents.selectors.guard_facts import Found, Guard


def _end(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if incident.drill:
        return None
    return ("no_rehearsal", "This is a case and no rehearsal: it is closed or withdrawn.")


GUARDS: Mapping[str, Guard] = {"end_rehearsal": _end}
