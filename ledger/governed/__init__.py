"""What every model on record inherits: a readable history, and no way past the services."""

from ledger.governed.histories import HistoryRow, governed_history
from ledger.governed.records import Governed, OnRecord, Recorded, Unattributed
from ledger.governed.sets import (
    BypassRefused,
    GovernedQuerySet,
    RecordedQuerySet,
    bulk_allowed,
)

__all__ = [
    "BypassRefused",
    "Governed",
    "GovernedQuerySet",
    "HistoryRow",
    "OnRecord",
    "Recorded",
    "RecordedQuerySet",
    "Unattributed",
    "bulk_allowed",
    "governed_history",
]
