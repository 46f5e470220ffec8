"""Deadlocks and serialization failures are tried again, so that no caller meets one."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

P = ParamSpec("P")
R = TypeVar("R")
TRIES = 3
TRANSIENT = frozenset({"40P01", "40001", "55P03"})


def retried(call: Callable[P, R]) -> Callable[P, R]:
    """Run `call` again, at most three times, when PostgreSQL says deadlock (40P01) or alike.

    Stands above `@transaction.atomic` on the outermost call of a door; inside a transaction of
    somebody else it does nothing, for only the outermost can start anew.
    """

    @wraps(call)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, TRIES + 1):
            try:
                return call(*args, **kwargs)
            except OperationalError as error:
                if attempt == TRIES or connection.in_atomic_block or not _transient(error):
                    raise
        raise AssertionError("unreachable")

    return run


def _transient(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in TRANSIENT
