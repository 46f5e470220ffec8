"""Hints: the only place that knows Celery. A lost hint delays work by one sweep at most."""

import time
from dataclasses import dataclass
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction

log = structlog.get_logger(__name__)
TASK = "outbox.work"
QUIET_SECONDS = 5.0


class Pause:
    """After a hint that did not get through, this process sends none for some seconds.

    A broker whose host does not answer at all would else cost every request a time-out.
    """

    def __init__(self) -> None:
        self._until = 0.0

    def begin(self) -> None:
        """Begin now."""
        self._until = time.monotonic() + QUIET_SECONDS

    def runs(self) -> bool:
        """Whether it is not over yet."""
        return time.monotonic() < self._until


_pause = Pause()


@dataclass(frozen=True, slots=True)
class Hint:
    """What is sent after the commit; two alike of one transaction are one."""

    name: str
    after: float

    def __call__(self) -> None:
        """Send it."""
        _send(self.name, self.after)


def nudge(name: str, *, after: float = 0) -> None:
    """After the commit, tell a worker that there is work of this name ('sweep' or a job's).

    `after` seconds from now; a worker that is down loses the hint, and the sweep finds the work.
    """
    hint = Hint(name, after)
    if settings.NUDGE_ENABLED and not _waits(hint):
        transaction.on_commit(hint)


def _waits(hint: Hint) -> bool:
    """Tell whether the same hint waits for this commit already, in no savepoint that may go."""
    here = set(connection.savepoint_ids)
    waiting: list[Any] = list(connection.run_on_commit)
    return any(row[1] == hint and set(row[0]) <= here for row in waiting)


def _send(name: str, after: float) -> None:
    if _pause.runs():
        return
    try:
        current_app.send_task(
            TASK, kwargs={"name": name}, countdown=after or None, ignore_result=True, retry=False
        )
    except Exception as error:  # noqa: BLE001  the row is written; the sweep will find it
        log.warning("hint_lost", hint=name, error=str(error))
        _pause.begin()
