"""How far the record is sealed, at a glance: what every page's rail says."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db import connection

NEWEST = """
SELECT coalesce(leaf.entry_id, (SELECT max(id) FROM ledger_entry), 0), leaf.sealed_at
FROM (SELECT 1) AS always LEFT JOIN LATERAL (
    SELECT entry_id, sealed_at FROM ledger_leaf ORDER BY seq DESC LIMIT 1
) AS leaf ON true
"""


@dataclass(frozen=True, slots=True)
class Glance:
    """The newest sealed entry and when it was sealed; `at` is None while nothing is sealed."""

    number: int
    at: datetime | None


def glance() -> Glance:
    """Return how far the record is sealed, kept for a few seconds: at most one query a page.

    Before the first seal it is the newest entry. An old record's glance is never kept.
    """
    if connection.execute_wrappers:
        return _look()
    key = f"ledger-glance:{connection.settings_dict['NAME']}"
    found: Glance | None = cache.get(key)
    if found is None:
        found = _look()
        cache.set(key, found, settings.LEDGER_GLANCE_SECONDS)
    return found


def _look() -> Glance:
    with connection.cursor() as cursor:
        cursor.execute(NEWEST)
        number, at = cursor.fetchone()
    return Glance(number, at)
