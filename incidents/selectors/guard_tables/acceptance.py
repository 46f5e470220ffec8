"""Accepting a risk until a date, and what ends that."""

from collections.abc import Mapping
from datetime import datetime

from incidents.models import Incident, RiskAcceptance
from incidents.rules.acceptances import NEVER
from incidents.rules.plan import FrozenPlan
from incidents.selectors.acceptances import kind_of, standing_of
from incidents.selectors.guard_facts import Found, Guard
from ledger.rules.worded import term, worded


def _accept(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    """What is never accepted, whatever a body decides (KOM-24)."""
    words = NEVER.get(kind_of(incident))
    return None if words is None else ("never_accepted", words)


def _active(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    rows = RiskAcceptance.objects.filter(incident=incident, state=RiskAcceptance.State.ACTIVE)
    if rows.exists():
        return None
    return ("no_acceptance", worded("No acceptance stands on {number}.", number=incident.number))


def _valid(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    """What is over is neither reviewed nor found removed: the body decides anew (T20)."""
    found = _active(incident, plan, at)
    if found is not None:
        return found
    one = standing_of(incident, at)
    if one is None or one.validity.valid:
        return None
    return (
        "acceptance_over",
        worded(
            "{number} is not valid any more: {words}. {number_2} goes back to the decision.",
            number=one.acceptance.number,
            words=term(one.validity.words),
            number_2=incident.number,
        ),
    )


GUARDS: Mapping[str, Guard] = {
    "accept_risk": _accept,
    "end_acceptance": _active,
    "review_acceptance": _valid,
    "risk_removed": _valid,
}
