"""Celery's side of the hints: do what a sweep would do, a little sooner."""

from celery import shared_task

from ledger.context import acting_as
from outbox import clock, engine
from outbox.services.sweeps import SWEEP, run_job, sweep


@shared_task(name="outbox.work")
def work(*, name: str) -> None:
    """Run the sweep, or one registered job. May run twice: both find nothing left to do."""
    at = clock.now()
    if name == "sweep":
        sweep(at=at)
        return
    engine.require_newest()
    with acting_as(SWEEP):
        run_job(name=name, at=at)
