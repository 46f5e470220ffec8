"""Verification: proofs are judged when readings arrive and when their time is over.

A judgement never closes anything: PASSED lets a person close, FAILED leads back to the decision
(T17), INCONCLUSIVE runs on once and then goes up a level (T18).
"""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from incidents.models import Incident, VerificationWindow
from incidents.rules.plan import from_text
from incidents.rules.transitions import VERIFICATION
from incidents.rules.verification import Judgement, Result, Row
from incidents.selectors.judging import judgement_of
from incidents.selectors.proofs import windows_of
from incidents.services.commands import execute, lock_incident
from incidents.services.notices import tell_verifiers
from ledger.context import acting_as, current_actor
from ledger.rules.actors import Actor, machine
from ledger.services.entries import append_entry
from telemetry.models import Series
from telemetry.rules.small_groups import FEW
from telemetry.selectors.small_groups import SmallGroups

VERIFIER = machine("verifier")
BY_LOOK = ("trend", "budget", "pair", "version")
Outcome = VerificationWindow.Outcome


@transaction.atomic
def judge_windows(*, series_ids: Sequence[int] | None, at: datetime) -> list[VerificationWindow]:
    """Judge the running proofs of some series, or of all, and return those that are decided.

    Locks the incidents in the order of their ids.
    """
    wanted = Q() if series_ids is None else Q(series_id__in=series_ids)
    with _acting() as actor:
        return [
            window
            for incident_id in _incidents_with(wanted, at)
            for window in _judge_incident(incident_id, wanted, actor, at)
        ]


def judge_ended(at: datetime) -> int:
    """Judge, one incident a transaction, every proof whose time is over; the sweep's job."""
    ended = Q(ends_at__lte=at)
    decided = 0
    for incident_id in _incidents_with(ended, at):
        with transaction.atomic(), _acting() as actor:
            decided += len(_judge_incident(incident_id, ended, actor, at))
    return decided


def judge_by_measure(at: datetime) -> int:
    """Judge, one incident a transaction, what no reading of its series settles; a job of the sweep.

    Standstill, decisions by versions, and standings that a look of the sweep has changed.
    """
    wanted = Q(proof="proven_stopped") | Q(rule__judge__in=BY_LOOK)
    wanted &= Q(ends_at__gt=at)
    decided = 0
    for incident_id in _incidents_with(wanted, at):
        with transaction.atomic(), _acting() as actor:
            decided += len(_judge_incident(incident_id, wanted, actor, at))
    return decided


def _acting() -> Any:
    """The engine that acts already, else the verifier."""
    acting = current_actor()
    if acting is not None and acting.kind == "system":
        return nullcontext(acting)
    return acting_as(VERIFIER)


def _incidents_with(wanted: Q, at: datetime) -> list[UUID]:
    rows = VerificationWindow.objects.filter(
        wanted,
        outcome=Outcome.RUNNING,
        superseded_at__isnull=True,
        starts_at__lte=at,
        incident__state=VERIFICATION,
    )
    return list(rows.order_by("incident_id").values_list("incident_id", flat=True).distinct())


def _judge_incident(
    incident_id: UUID, wanted: Q, actor: Actor, at: datetime
) -> list[VerificationWindow]:
    incident = lock_incident(incident_id)
    if incident.state != VERIFICATION:
        return []
    rows = windows_of(incident).filter(wanted, outcome=Outcome.RUNNING, starts_at__lte=at)
    decided = []
    for window in rows.order_by("pk"):
        window.incident = incident
        if _judge(window, actor, at):
            decided.append(window)
    if decided and not _all_passed(incident):
        _follow(decided, actor, at)
    elif decided:
        key = f"passed:{incident.version}"
        tell_verifiers(incident, from_text(incident.plan), key=key, at=at)
    return decided


def _judge(window: VerificationWindow, actor: Actor, at: datetime) -> bool:
    """Write how a proof stands; True once it is decided."""
    judgement = judgement_of(window, at=at)
    figures = _figures(judgement, window.series_id)
    is_news = (window.figures, window.forecast) != (figures, judgement.forecast)
    window.figures, window.forecast, window.judged_at = figures, judgement.forecast, at
    if judgement.result is Result.RUNNING:
        if is_news:
            window.save(update_fields=["figures", "forecast", "judged_at"], at=at)
        return False
    window.outcome = Outcome(judgement.result.upper())
    window.save(update_fields=["figures", "forecast", "judged_at", "outcome"], at=at)
    _record(window, actor, at)
    return True


def _record(window: VerificationWindow, actor: Actor, at: datetime) -> None:
    incident = window.incident
    append_entry(
        verb="incident.verification_judged",
        actor=actor,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        before={"outcome": Outcome.RUNNING},
        after={"outcome": window.outcome},
        reason=window.forecast,
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"proof": window.proof, "window": window.pk, "figures": window.figures},
        touched=[f"incidents_verificationwindow:{window.pk}"],
    )


def _figures(judgement: Judgement, series_id: int | None) -> dict[str, Any]:
    """The table of the proof as the page and the pack print it; values as decimal strings."""
    rows, groups = judgement.rows[-50:], SmallGroups()
    measured = rows and series_id is not None
    series = Series.objects.filter(pk=series_id or 0).first() if measured else None
    return {
        "good": judgement.good,
        "outside": judgement.outside,
        "earliest_at": judgement.earliest_at.isoformat() if judgement.earliest_at else None,
        "rows": [_row(row, series, groups) for row in rows],
    }


def _row(row: Row, series: Series | None, groups: SmallGroups) -> dict[str, Any]:
    """One reading of a proof; of a group of fewer than ten only how it counts."""
    reading = row.reading
    few = series is not None and groups.hides(
        system_id=series.system_id, segment=series.segment, n=reading.n
    )
    return {
        "window_end": reading.window_end.isoformat(),
        "value": None if few or reading.value is None else repr(reading.value),
        "n": None if few else reading.n,
        "mark": row.mark,
        "reason": FEW if few else row.reason,
    }


def _all_passed(incident: Incident) -> bool:
    return not windows_of(incident).exclude(outcome=Outcome.PASSED).exists()


def _follow(decided: Sequence[VerificationWindow], actor: Actor, at: datetime) -> None:
    """A failure leads back at once; else what is inconclusive runs on, or goes up."""
    failed = [window for window in decided if window.outcome == Outcome.FAILED]
    if failed:
        _command("verification_failed", failed[0], actor, at)
        return
    for window in decided:
        if window.outcome == Outcome.INCONCLUSIVE:
            _command("inconclusive", window, actor, at)


def _command(command: str, window: VerificationWindow, actor: Actor, at: datetime) -> None:
    execute(
        command=command,
        incident_id=window.incident_id,
        actor=actor,
        at=at,
        expected_version=None,
        idempotency_key=None,
        payload={"window_id": window.pk, "reason": window.forecast},
    )
