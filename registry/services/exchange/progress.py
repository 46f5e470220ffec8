"""How far a long piece of work is, told while its one transaction is still open."""

from collections.abc import Sequence
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections

from registry.models import Import

STEP = 100
TELL = "UPDATE registry_import SET progress = %s WHERE id = %s AND attempts = %s AND state = %s"


def tell_progress(found: Import, *, done: int, total: int) -> None:
    """Write every hundredth row of an import that is being applied."""
    if done and done % STEP == 0:
        share = done * 100 // total
        write_apart(TELL, [share, found.pk, found.attempts, str(Import.State.APPLYING)])


def write_apart(statement: str, values: Sequence[int | str | UUID]) -> None:
    """Run a statement over a connection of its own, which commits at once."""
    apart = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with apart.cursor() as cursor:
            cursor.execute(statement, list(values))
    finally:
        apart.close()
