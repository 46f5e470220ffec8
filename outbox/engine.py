"""Plug point: whether this program may still work timers off, asked before every sweep.

Two versions of the engine at once would fire by two sets of rules; the older one stops.
"""

from collections.abc import Callable

Check = Callable[[], None]
_check: list[Check] = []


class OldEngine(RuntimeError):
    """A newer engine has taken over: this program is to be stopped and replaced."""


def register(check: Check) -> None:
    """Say once what is asked. Raises ValueError for a second check."""
    if _check and _check[0] is not check:
        raise ValueError("the engine is checked already")
    _check[:] = [check]


def require_newest() -> None:
    """Return if no newer engine has taken over. Raises OldEngine."""
    for check in _check:
        check()
