"""Statements: digests that the sealer signed beside a checkpoint."""

from uuid import UUID

from ledger.models import Statement


def note_of(statement_id: UUID) -> str:
    """Return the signed note of a statement, '' until it is signed."""
    note = Statement.objects.filter(pk=statement_id).values_list("note", flat=True).first()
    return str(note or "")


def is_refused(statement_id: UUID) -> bool:
    """Tell whether the sealer looked at a statement and would not sign it."""
    rows = Statement.objects.filter(pk=statement_id, signed_at__isnull=False, note="")
    return rows.exists()
