"""Plug point: which policy of notices holds; governance fills it."""

from collections.abc import Callable
from datetime import datetime

from outbox.rules.notices import NoticePolicy

Read = Callable[[datetime], NoticePolicy]
_source: list[Read] = []


def register(read: Read) -> None:
    """Say once where the policy stands. Raises ValueError for a second source."""
    if _source and _source[0] is not read:
        raise ValueError("the policy of notices has a source already")
    _source[:] = [read]


def notice_policy(at: datetime) -> NoticePolicy:
    """Return the policy that holds, the defaults without a source."""
    return _source[0](at) if _source else NoticePolicy()
