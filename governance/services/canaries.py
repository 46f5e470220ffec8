"""Canary runs in: kept, made a reading, judged, in one transaction; the day's by the sweep."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.services.evaluation import judge
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import Actor, machine
from telemetry.models import CanaryRun
from telemetry.selectors.canaries import DAY, Due, answers_between, days_due
from telemetry.services.canaries import API, EVENTS, record_canary_run

SWEEP = machine("sweep")


@retried
@transaction.atomic
def take_in_canary_run(
    *, set_id: UUID, answers: Mapping[str, str], ran_at: datetime, actor: Actor, at: datetime
) -> CanaryRun:
    """Keep and judge a run that somebody sends. Raises Missing, Conflict, Invalid."""
    ran = record_canary_run(
        set_id=set_id, answers=answers, window_end=ran_at, source=API, actor=actor, at=at
    )
    judge(recorded=ran.recorded, at=at)
    return ran.run


def run_canaries(at: datetime) -> int:
    """Make the runs of ended days from the events that answered; a job of the sweep.

    A day without an answer gives none: the silence is judged as any other.
    """
    with acting_as(SWEEP):
        return sum(_run(due, at) for due in days_due(at=at))


@retried
@transaction.atomic
def _run(due: Due, at: datetime) -> bool:
    answers = answers_between(canary_set=due.canary_set, since=due.until - DAY, until=due.until)
    if not answers:
        return False
    ran = record_canary_run(
        set_id=due.canary_set.pk,
        answers=answers,
        window_end=due.until,
        source=EVENTS,
        actor=SWEEP,
        at=at,
    )
    judge(recorded=ran.recorded, at=at)
    return True
