"""Hints: the only place that knows Celery. A lost hint delays work by one sweep at most."""

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction

log = structlog.get_logger(__name__)
TASK = "outbox.work"


def nudge(name: str, *, after: float = 0) -> None:
    """After the commit, tell a worker that there is work of this name ('sweep' or a job's).

    `after` seconds from now; a worker that is down loses the hint, and the sweep finds the work.
    """
    if settings.NUDGE_ENABLED:
        transaction.on_commit(lambda: _send(name, after))


def _send(name: str, after: float) -> None:
    try:
        current_app.send_task(
            TASK, kwargs={"name": name}, countdown=after or None, ignore_result=True, retry=False
        )
    except Exception as error:  # noqa: BLE001  the row is written; the sweep will find it
        log.warning("hint_lost", hint=name, error=str(error))
