"""What this floor plugs into the floors below: its kinds of timers."""

from governance.services import closings, escalations, rounds, watches
from incidents.services.firing import lock_incidents
from outbox import timer_kinds


def register_plugs() -> None:
    """Register every kind of timer that this floor fires."""
    timer_kinds.register(escalations.STEP, lock=lock_incidents, fire=escalations.fire_step)
    timer_kinds.register(rounds.CLOSE, lock=lock_incidents, fire=closings.fire_close)
    timer_kinds.register(watches.DUE, lock=watches.lock_due, fire=watches.fire_due)
