"""What this floor plugs into the outbox: its kinds of timers, its job of every sweep."""

from incidents.selectors.past import register_past
from incidents.services.firing import KINDS, lock_incidents
from incidents.services.handovers import register_duties
from incidents.services.verification import judge_ended
from outbox import sweep_jobs, timer_kinds


def register_plugs() -> None:
    """Register each kind and job once, and how the tables were at an instant."""
    register_past()
    register_duties()
    for name, fire in KINDS.items():
        timer_kinds.register(name, lock=lock_incidents, fire=fire)
    sweep_jobs.register("verification", judge_ended)
