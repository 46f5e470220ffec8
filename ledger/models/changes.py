"""The net under the services: which rows changed in which transaction, seen by triggers."""

from django.db import models

from ledger.fields import Xid8Field


class RowChange(models.Model):
    """One change of a watched row, written by a trigger of the owner; settled by reconciliation.

    `entry_id` is the entry that the row itself names, where its table has such a column.
    """

    tab = models.CharField(max_length=63)
    pk_text = models.TextField()
    op = models.CharField(max_length=1)
    txid = Xid8Field()
    role = models.CharField(max_length=63)
    at = models.DateTimeField()
    entry_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_rowchange"

    def __str__(self) -> str:
        return f"{self.op} {self.tab}:{self.pk_text}"


class UnmatchedChange(models.Model):
    """A row change that no entry of its transaction tells of. Append-only; governance answers."""

    tab = models.CharField(max_length=63)
    pk_text = models.TextField()
    op = models.CharField(max_length=1)
    txid = Xid8Field()
    role = models.CharField(max_length=63)
    at = models.DateTimeField()
    found_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_unmatchedchange"
        indexes = [
            models.Index(fields=["found_at"], name="unmatched_by_time"),
            models.Index(fields=["txid"], name="unmatched_by_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.op} {self.tab}:{self.pk_text}"


class Epoch(models.Model):
    """A restore: row changes up to `up_to` carry transaction ids of another server life."""

    up_to = models.BigIntegerField()
    at = models.DateTimeField()
    reason = models.TextField()
    entry_id = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.up_to)
