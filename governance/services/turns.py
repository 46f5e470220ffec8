"""Turns: one transaction at a time settles a cause, so that concurrent readings meet no error.

An advisory lock orders them; the partial unique index remains the promise.
"""

from collections.abc import Iterable

from django.db import connection

WAIT = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
TRY = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"


def take_turns(keys: Iterable[str]) -> None:
    """Wait for the turn of each key, in order, until the transaction ends."""
    with connection.cursor() as cursor:
        for key in sorted(set(keys)):
            cursor.execute(WAIT, [key])


def try_turns(keys: Iterable[str]) -> set[str]:
    """Take the turns that nobody holds, without waiting, and return their keys."""
    taken = set()
    with connection.cursor() as cursor:
        for key in sorted(set(keys)):
            cursor.execute(TRY, [key])
            if cursor.fetchone()[0]:
                taken.add(key)
    return taken
