"""What kinds of things there are entries of, and which machines wrote some."""

from django.db import connection

TYPES = """
WITH RECURSIVE kind AS (
    (SELECT object_type FROM ledger_entry ORDER BY object_type LIMIT 1)
    UNION ALL
    SELECT (SELECT object_type FROM ledger_entry WHERE object_type > kind.object_type
            ORDER BY object_type LIMIT 1)
    FROM kind WHERE kind.object_type IS NOT NULL
) SELECT object_type FROM kind WHERE object_type IS NOT NULL
"""
# The machines that acted lately: their names are no persons' and stand open.
MACHINES = """
SELECT DISTINCT actor_name FROM (
    SELECT actor_name FROM ledger_entry ORDER BY id DESC LIMIT 10000
) AS lately WHERE actor_name <> '' ORDER BY 1
"""


def object_types() -> list[str]:
    """Return the types of objects of which there are entries, by name."""
    with connection.cursor() as cursor:
        cursor.execute(TYPES)
        return [str(row[0]) for row in cursor.fetchall()]
