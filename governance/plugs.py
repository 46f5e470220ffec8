"""What this floor plugs into the outbox: its kinds of timers, its jobs of every sweep."""

from governance.selectors.hearing import heard_by
from governance.selectors.past import register_past
from governance.selectors.readiness import CHECKS
from governance.services import (
    backtests,
    budgets,
    canaries,
    closings,
    coverage,
    escalations,
    intake,
    integrity,
    metric_windows,
    muted_cases,
    pairs,
    polling,
    rounds,
    silences,
    trends,
    uploads,
    watches,
)
from governance.services.handovers import register_duties
from governance.services.policies import confirm_set_up
from incidents import readers
from incidents.services.firing import lock_incidents
from outbox import sweep_jobs, timer_kinds
from registry import gates
from registry.services.setup import on_confirmation
from telemetry.services import connectors


def register_plugs() -> None:
    """Register every kind of timer that this floor fires, and what each sweep judges."""
    register_past()
    register_duties()
    timer_kinds.register(escalations.STEP, lock=lock_incidents, fire=escalations.fire_step)
    timer_kinds.register(rounds.CLOSE, lock=lock_incidents, fire=closings.fire_close)
    timer_kinds.register(muted_cases.END, lock=lock_incidents, fire=muted_cases.fire_end)
    timer_kinds.register(muted_cases.ANSWER, lock=lock_incidents, fire=muted_cases.fire_answer)
    timer_kinds.register(watches.DUE, lock=watches.lock_due, fire=watches.fire_due)
    sweep_jobs.register("quarantined readings", intake.release_quarantined)
    sweep_jobs.register("ended windows", intake.judge_ended_windows)
    sweep_jobs.register("silent series", silences.judge_silences)
    sweep_jobs.register("slides", trends.judge_trends)
    sweep_jobs.register("error budgets", budgets.judge_budgets)
    sweep_jobs.register("guardrails", pairs.judge_pairs)
    sweep_jobs.register("back-tests", backtests.run_backtests)
    sweep_jobs.register("monitoring coverage", coverage.measure_coverage)
    sweep_jobs.register("metric windows", metric_windows.judge_metric_windows)
    sweep_jobs.register("carried telemetry", metric_windows.forget_carried)
    sweep_jobs.register("canary sets", canaries.run_canaries)
    sweep_jobs.register("integrity cases", integrity.open_integrity_cases)
    sweep_jobs.register(connectors.JOB, polling.poll_due)
    sweep_jobs.register(uploads.JOB, uploads.import_waiting)
    readers.register("committee", heard_by)
    for (edge, name), check in CHECKS.items():
        gates.register(edge, name, check)
    on_confirmation("policy", confirm_set_up)
