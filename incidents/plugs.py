"""What this floor plugs into the outbox: its kinds of timers, its job of every sweep."""

from incidents import followers, link_kinds
from incidents.selectors.comments import files_named
from incidents.selectors.linkable import FINDERS
from incidents.selectors.past import register_past
from incidents.selectors.risk_gates import acceptances_valid
from incidents.services import (
    acceptance_timers,
    acceptances,
    carrying,
    containment_timers,
    holidays,
    obligations,
    probes,
    promotions,
    turn_firing,
)
from incidents.services.containing import adopt_measures
from incidents.services.families import register_families
from incidents.services.firing import KINDS, lock_incidents
from incidents.services.handovers import register_duties
from incidents.services.verification import judge_by_measure, judge_ended
from outbox import sweep_jobs, timer_kinds
from registry import gates
from registry.services.files import keep_named


def register_plugs() -> None:
    """Register each kind and job once, and how the tables were at an instant."""
    register_past()
    register_duties()
    acceptances.register_duties()
    for command in acceptances.BY_ANOTHER_DECISION:
        followers.register(command, acceptances.follow_decision)
    _register_comments()
    for edge in ("go_live", "start_pilot", "resume"):
        gates.register(edge, "accepted risks", acceptances_valid)
    timer_kinds.register(
        acceptance_timers.KIND, lock=lock_incidents, fire=acceptances.fire_acceptance
    )
    sweep_jobs.register("acceptances", acceptances.note_ended)
    for name, fire in turn_firing.KINDS.items():
        timer_kinds.register(name, lock=lock_incidents, fire=fire)
    for name, fire in (*KINDS.items(), *containment_timers.KINDS.items()):
        timer_kinds.register(name, lock=lock_incidents, fire=fire)
    for name, fire in carrying.KINDS.items():
        timer_kinds.register(name, lock=lock_incidents, fire=fire)
    sweep_jobs.register(carrying.JOB, carrying.look_at_orders)
    sweep_jobs.register(probes.JOB, probes.probe_due)
    sweep_jobs.register(promotions.JOB, promotions.bind_promoted)
    sweep_jobs.register(holidays.JOB, holidays.refresh_holidays)
    followers.register("adopt", adopt_measures)
    followers.register("cannot_execute", obligations.follow_failure)
    register_families()
    sweep_jobs.register("verification", judge_ended)
    sweep_jobs.register("proofs by their measure", judge_by_measure)


def _register_comments() -> None:
    """Register which records comments may tie to a case, and which files they keep."""
    for kind, find in FINDERS.items():
        link_kinds.register(kind, find)
    keep_named(files_named)
