"""Hints: the only place that knows Celery. A lost hint delays work by one sweep at most."""

from dataclasses import dataclass
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction

log = structlog.get_logger(__name__)
TASK = "outbox.work"


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
    try:
        current_app.send_task(
            TASK, kwargs={"name": name}, countdown=after or None, ignore_result=True, retry=False
        )
    except Exception as error:  # noqa: BLE001  the row is written; the sweep will find it
        log.warning("hint_lost", hint=name, error=str(error))
