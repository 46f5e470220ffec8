"""What this floor plugs into the outbox: its kinds of timers, its jobs of every sweep."""

from governance.selectors import proof_judges
from governance.selectors.chairs import chair_of
from governance.selectors.conditions import against_closing
from governance.selectors.emergencies import stop_lifted
from governance.selectors.finding import register_found
from governance.selectors.hearing import HEARING
from governance.selectors.linkable import find_entry
from governance.selectors.meeting_files import files_named
from governance.selectors.past import register_past
from governance.selectors.readiness import CHECKS
from governance.selectors.risks import overdue_conditions, removal_rules
from governance.services import (
    action_times,
    backtests,
    budgets,
    canaries,
    closings,
    conditions,
    coverage,
    engine_versions,
    escalations,
    families,
    incident_turns,
    intake,
    integrity,
    kill_switch,
    labels,
    metric_windows,
    minutes_drafts,
    muted_cases,
    on_call,
    on_call_reading,
    order_firing,
    paging,
    pairs,
    polling,
    ratifications,
    request_timers,
    resolutions,
    round_notices,
    round_watch,
    rounds,
    silences,
    step_batches,
    step_rows,
    trends,
    upload_imports,
    watches,
    withdrawals,
)
from governance.services.handovers import register_duties
from governance.services.policies import confirm_set_up
from incidents import (
    acceptance_events,
    closing_checks,
    followers,
    link_kinds,
    observations,
    party_sources,
    plan_sources,
    readers,
)
from incidents import proof_judges as judges
from incidents.services.firing import lock_incidents
from outbox import engine, sweep_jobs, timer_kinds
from registry import gates
from registry.services.files import keep_named
from registry.services.setup import on_confirmation
from telemetry import label_takers
from telemetry.services import connectors


def register_plugs() -> None:
    """Register every kind of timer that this floor fires, and what each sweep judges."""
    register_past()
    register_found()
    register_duties()
    _register_on_call()
    _register_emergencies()
    _register_carrying()
    _register_turns()
    _register_rounds()
    timer_kinds.register(
        step_rows.STEP,
        lock=lock_incidents,
        fire=escalations.fire_step,
        fire_many=step_batches.fire_steps,
    )
    timer_kinds.register(rounds.CLOSE, lock=lock_incidents, fire=closings.fire_close)
    timer_kinds.register(muted_cases.END, lock=lock_incidents, fire=muted_cases.fire_end)
    timer_kinds.register(muted_cases.ANSWER, lock=lock_incidents, fire=muted_cases.fire_answer)
    timer_kinds.register(watches.DUE, lock=watches.lock_due, fire=watches.fire_due)
    timer_kinds.register(
        request_timers.DUE, lock=timer_kinds.lock_nothing, fire=request_timers.fire_due
    )
    _register_jobs()
    readers.register("committee", HEARING)
    link_kinds.register("entry", find_entry)
    acceptance_events.register("conditions", overdue_conditions)
    observations.register(removal_rules)
    keep_named(files_named)
    label_takers.register(labels.take_in_labels)
    for (edge, name), check in CHECKS.items():
        gates.register(edge, name, check)
    on_confirmation("policy", confirm_set_up)


def _register_jobs() -> None:
    """Register what every sweep judges, polls and imports."""
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
    sweep_jobs.register(upload_imports.JOB, upload_imports.import_waiting)


def _register_on_call() -> None:
    """Register calls that repeat, rotas that are read, and what tells that the engine lives."""
    timer_kinds.register(paging.AGAIN, lock=lock_incidents, fire=paging.fire_again)
    sweep_jobs.register(on_call.READING, on_call_reading.read_due)
    sweep_jobs.register("engine beat", engine_versions.beat_of_sweep)
    engine.register(engine_versions.require_newest)


def _register_emergencies() -> None:
    """Register what follows a stop at once, and the second nets of orders and ratifications."""
    followers.register("emergency_contain", ratifications.put_on_docket)
    gates.register("resume", "emergency stop lifted", stop_lifted)
    sweep_jobs.register(order_firing.JOB, order_firing.fire_missed)
    sweep_jobs.register(ratifications.JOB, ratifications.put_missing_on_docket)
    sweep_jobs.register(kill_switch.JOB, kill_switch.call_for_undelivered)


def _register_rounds() -> None:
    """Register what looks after rounds that run, and after the conditions of decisions."""
    timer_kinds.register(conditions.DUE, lock=lock_incidents, fire=conditions.fire_due)
    sweep_jobs.register(round_watch.JOB, round_watch.watch_rounds)
    sweep_jobs.register(minutes_drafts.JOB, minutes_drafts.complete_drafts)
    closing_checks.register("conditions", against_closing)
    followers.register("add_evidence", round_notices.announce_evidence)
    for command in ("close", "verification_failed", "cannot_execute"):
        followers.register(command, resolutions.void_replacements)


def _register_turns() -> None:
    """Register who is the chair, where plans of new cycles come from, what a withdrawal voids."""
    party_sources.register("chair", chair_of)
    plan_sources.register(incident_turns.fresh_plan)
    followers.register("withdraw", incident_turns.void_round_of_withdrawn)
    followers.register("merge", families.void_round_of_merged)
    for command in ("validate", "lift_containment"):
        followers.register(command, withdrawals.follow_freed)


def _register_carrying() -> None:
    """Register who judges proofs by their own measure, and what times actions."""
    for kind, judge in proof_judges.JUDGES.items():
        judges.register(kind, judge)
    followers.register("confirm_action", action_times.note_confirmation)
    followers.register("confirm_containment", action_times.note_containment)
    for command in ("cannot_execute", "verification_failed"):
        followers.register(command, action_times.note_failure)
    timer_kinds.register(
        action_times.KIND, lock=timer_kinds.lock_nothing, fire=action_times.fire_action_time
    )
