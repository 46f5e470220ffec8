"""What the committee asks for before it decides."""

from collections.abc import Mapping
from datetime import datetime

from incidents.models import Incident
from incidents.rules.plan import FrozenPlan
from incidents.selectors.guard_facts import Found, Guard
from incidents.selectors.requests import requests_left


def _request(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if requests_left(incident) > 0:
        return None
    return (
        "requests_used_up",
        "Information was requested as often as the policy allows in this cycle; decide on what is "
        "known.",
    )


GUARDS: Mapping[str, Guard] = {"request_information": _request}
