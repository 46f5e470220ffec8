"""The life of a system as its page draws it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from registry.models import System

STEP_WORDS = {
    "assess": _("Assess"),
    "approve": _("Approve"),
    "start_pilot": _("Start the pilot"),
    "go_live": _("Put into production"),
    "suspend": _("Suspend"),
    "resume": _("Resume"),
    "retire": _("Retire"),
}
ROAD = ("proposed", "assessed", "approved", "pilot", "production")
STATE_WORDS = {
    "proposed": _("Proposed"),
    "assessed": _("Assessed"),
    "approved": _("Approved"),
    "pilot": _("Pilot"),
    "production": _("Production"),
    "suspended": _("Suspended"),
    "retired": _("Retired"),
}


def stages_of(system: System, passed: Mapping[str, datetime]) -> list[dict[str, Any]]:
    """Return the stations of a life for the tracker; `passed` is when each was first reached.

    A station that the life went by without stopping is not ticked; a stop stands at the end.
    """
    state = str(system.lifecycle)
    reached = {"proposed": system.registered_at, **passed}
    stages = [_station(name, state, reached) for name in ROAD]
    if state in ("suspended", "retired"):
        stages.append(_station(state, state, reached))
    return stages


def _station(name: str, state: str, reached: Mapping[str, datetime]) -> dict[str, Any]:
    if name == state:
        return {"name": STATE_WORDS[name], "state": "current", "met": reached.get(name)}
    if name in reached:
        return {"name": STATE_WORDS[name], "state": "done", "met": reached[name]}
    later = ROAD.index(name) > ROAD.index(state) if state in ROAD else name not in reached
    return {"name": STATE_WORDS[name], "state": "todo", "note": "" if later else _("left out")}
