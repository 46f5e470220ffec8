"""Plug point: work that every sweep does beside timers and messages."""

from collections.abc import Callable
from datetime import datetime

Job = Callable[[datetime], int]
_jobs: dict[str, Job] = {}
_hinted: dict[str, Job] = {}


def register(name: str, job: Job, *, hinted: Job | None = None) -> None:
    """Register a job once; it is called with the sweep's instant and returns how much it did.

    `hinted` runs in its place when somebody asked for it by name: at once, where the sweep would
    still wait. Raises ValueError.
    """
    if _jobs.setdefault(name, job) is not job:
        raise ValueError(f"the sweep job {name!r} is registered twice")
    _hinted[name] = hinted or job


def registered() -> dict[str, Job]:
    """Return all jobs in the order of their registration."""
    return dict(_jobs)


def hinted(name: str) -> Job:
    """Return what runs when somebody asks for a job by name. Raises KeyError."""
    return _hinted[name]
