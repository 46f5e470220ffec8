"""How long to wait before an authority that failed is asked again."""

from datetime import timedelta

WAITS_SECONDS = (60, 120, 300, 900, 1800, 3600)


def wait_after(failures: int) -> timedelta:
    """Return the wait after so many failures in a row (from 1): a minute, growing to an hour."""
    return timedelta(seconds=WAITS_SECONDS[min(failures, len(WAITS_SECONDS)) - 1])
