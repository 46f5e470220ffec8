"""A machine whose wall clock is off: everything of ours that reads it reads another hour."""

import datetime as dt
import sys
import time
from contextlib import contextmanager
from unittest import mock

OURS = ("config", "governance", "incidents", "ledger", "outbox", "registry", "reports", "telemetry")


def _datetime_ahead(ahead):
    """A datetime whose `now`, `today` and `utcnow` are off."""
    real = dt.datetime

    class Ahead(real):
        @classmethod
        def now(cls, tz=None):
            return real.now(tz) + ahead

        @classmethod
        def utcnow(cls):
            return real.now(dt.UTC).replace(tzinfo=None) + ahead

        @classmethod
        def today(cls):
            return real.now() + ahead

    return Ahead


@contextmanager
def wall_clock_ahead(ahead):
    """Let the wall clock be `ahead` of the database's for every module of the product."""
    other, real_time = _datetime_ahead(ahead), time.time
    with mock.patch("time.time", side_effect=lambda: real_time() + ahead.total_seconds()):
        patches = [
            mock.patch.object(module, "datetime", other)
            for name, module in list(sys.modules.items())
            if name.partition(".")[0] in OURS and getattr(module, "datetime", None) is dt.datetime
        ]
        for patch in patches:
            patch.start()
        try:
            yield
        finally:
            for patch in patches:
                patch.stop()
