"""What a proof is judged from: readings of its series, or the standstill of its system."""

from datetime import datetime, timedelta

from incidents.models import VerificationWindow
from incidents.rules.proofs import ProofRule, read_rule, terms_of
from incidents.rules.stopping import judge_stopped
from incidents.rules.verification import Judgement, Measured, Result, judge_window
from telemetry.models import DecisionEvent, Heartbeat
from telemetry.selectors.readings import readings
from telemetry.selectors.voids import voided_windows

MOST_READINGS = 1000


def judgement_of(window: VerificationWindow, *, at: datetime) -> Judgement:
    """Return how a proof stands at an instant; one by document waits for its second person."""
    rule = read_rule(window.rule)
    if window.proof == "proven_stopped":
        return _standstill(window, rule, at)
    if window.proof == "measured":
        return _readings(window, rule, at)
    over = at >= window.ends_at
    return Judgement(
        Result.INCONCLUSIVE if over else Result.RUNNING,
        forecast="Waits for a second person with evidence.",
    )


def _readings(window: VerificationWindow, rule: ProofRule, at: datetime) -> Judgement:
    by_window = rule.counts_from == "window"
    voided = voided_windows(series_id=int(window.series_id or 0))
    found = [
        Measured(
            window_end=one.window_end,
            value=one.value,
            n=one.n,
            quality="good" if one.good else "bad",
            revision=one.revision,
        )
        for one in readings(
            series_id=int(window.series_id or 0),
            since=window.starts_at if by_window else None,
            limit=MOST_READINGS,
        )
        if (by_window or one.received_at >= window.starts_at)
        and (one.window_end, one.revision) not in voided
    ]
    terms = terms_of(rule, starts_at=window.starts_at, ends_at=window.ends_at)
    return judge_window(terms, found, at=at)


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
