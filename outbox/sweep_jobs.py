"""Plug point: work that every sweep does beside timers and messages."""

from collections.abc import Callable
from datetime import datetime

Job = Callable[[datetime], int]
_jobs: dict[str, Job] = {}


def register(name: str, job: Job) -> None:
    """Register a job once; it is called with the sweep's instant and returns how much it did."""
    if _jobs.setdefault(name, job) is not job:
        raise ValueError(f"the sweep job {name!r} is registered twice")


def registered() -> dict[str, Job]:
    """Return all jobs in the order of their registration."""
    return dict(_jobs)
