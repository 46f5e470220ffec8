"""How a process of the engine begins: it takes over, or stops where a newer one runs."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import DatabaseError, connection

from outbox import clock
from outbox.engine import OldEngine

log = structlog.get_logger(__name__)
OLD = 4


@contextmanager
def stops_when_old(process: str) -> Iterator[None]:
    """Turn the refusal of an older engine into the end of its process. Raises SystemExit (4)."""
    try:
        yield
    except OldEngine as error:
        log.error("engine_too_old", process=process, reason=str(error))  # noqa: TRY400  a refusal, not a defect
        raise SystemExit(OLD) from error


def begin(process: str) -> None:
    """Take over as this program's engine. Raises SystemExit (4) where a newer one runs.

    Without a database, or before its tables are there, the process begins all the same: it can
    fire nothing, and every sweep asks again.
    """
    from governance.services.engine_versions import take_over  # noqa: PLC0415  needs models

    try:
        with stops_when_old(process):
            take_over(process=process, at=clock.now())
    except DatabaseError as error:
        log.warning("engine_begins_without_database", process=process, error=str(error))
    finally:
        # A connection must not be shared by the processes that are forked from this one.
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
