"""What a proof is judged from: readings of its series, or the standstill of its system."""

from dataclasses import replace
from datetime import datetime, timedelta

from incidents.models import VerificationWindow
from incidents.proof_judges import judge_for
from incidents.rules.intervals import Bounds, by_interval
from incidents.rules.proofs import ProofRule, outer_limits_of, read_rule, terms_of
from incidents.rules.stopping import judge_stopped
from incidents.rules.verification import Judgement, Limits, Measured, Result, judge_window
from ledger.rules.worded import worded
from telemetry.models import DecisionEvent, Heartbeat
from telemetry.selectors.readings import Reading, readings
from telemetry.selectors.voids import voided_windows

MOST_READINGS = 1000
FAIRNESS = "fairness"


def judgement_of(window: VerificationWindow, *, at: datetime) -> Judgement:
    """Return how a proof stands at an instant; one by document waits for its second person."""
    rule = read_rule(window.rule)
    if window.proof == "proven_stopped":
        return _standstill(window, rule, at)
    if window.proof == "measured":
        return _measured(window, rule, at)
    over = at >= window.ends_at
    return Judgement(
        Result.INCONCLUSIVE if over else Result.RUNNING,
        forecast="Waits for a second person with evidence.",
    )


def _measured(window: VerificationWindow, rule: ProofRule, at: datetime) -> Judgement:
    """Judge by readings, or by whoever knows the measure; what nobody judges never passes."""
    if not rule.judge or rule.judge == FAIRNESS:
        return judged_by_readings(window, rule, at)
    judge = judge_for(rule.judge)
    if judge is not None:
        return judge(window, rule, at)
    over = at >= window.ends_at
    return Judgement(
        Result.INCONCLUSIVE if over else Result.RUNNING,
        forecast=worded("Nothing here judges a proof by {judge}.", judge=rule.judge),
    )


def measured_since(window: VerificationWindow, rule: ProofRule) -> list[Reading]:
    """Return the readings of a proof's series that may count for it, voided ones left out."""
    by_window, series_id = rule.counts_from == "window", int(window.series_id or 0)
    voided = voided_windows(series_id=series_id)
    since = window.starts_at if by_window else None
    return [
        one
        for one in readings(series_id=series_id, since=since, limit=MOST_READINGS)
        if (by_window or one.received_at >= window.starts_at)
        and (one.window_end, one.revision) not in voided
    ]


def judged_by_readings(
    window: VerificationWindow, rule: ProofRule, at: datetime, *, limits: Limits | None = None
) -> Judgement:
    """Judge by the readings alone; `limits` replace those of the rule."""
    terms = terms_of(rule, starts_at=window.starts_at, ends_at=window.ends_at)
    if limits is not None:
        terms = replace(terms, limits=limits)
    by = (terms.limits, outer_limits_of(rule)) if rule.judge == FAIRNESS else None
    found = [_as_counted(one, by) for one in measured_since(window, rule)]
    return judge_window(terms, found, at=at)


def _as_counted(one: Reading, by: tuple[Limits, Limits] | None) -> Measured:
    """Return a reading; with limits of recovery and of breach as its interval lets it count."""
    measured = Measured(
        window_end=one.window_end,
        value=one.value,
        n=one.n,
        quality="good" if one.good else "bad",
        revision=one.revision,
    )
    if by is None or not one.good:
        return measured
    return by_interval(measured, Bounds(one.low, one.high), *by)


def _standstill(window: VerificationWindow, rule: ProofRule, at: datetime) -> Judgement:
    incident, until = window.incident, min(at, window.ends_at)
    environment = window.action.environment if window.action else incident.environment
    scope = {"system_id": incident.system_id, "environment": environment}
    events = DecisionEvent.objects.filter(**scope, at__gte=window.starts_at, at__lte=until)
    beats = Heartbeat.objects.filter(**scope, at__gte=window.starts_at, at__lte=until)
    return judge_stopped(
        events=events.count(),
        heartbeats=beats.values_list("at", flat=True),
        starts_at=window.starts_at,
        until=window.ends_at,
        at=at,
        longest_gap=timedelta(seconds=rule.heartbeat_gap_seconds),
    )
