"""After a whole database was filled from an archive: what the net is not to report."""

from datetime import datetime

from django.db.models import Max

from ledger.models import Epoch, RowChange


def begin_epoch(*, entry: int, reason: str, at: datetime) -> None:
    """Settle the row changes so far, those of this transaction too; `entry` tells why.

    They carry transaction ids of this server, the restored entries those of another one.
    """
    last = RowChange.objects.aggregate(last=Max("id"))["last"]
    Epoch.objects.create(up_to=last or 0, at=at, reason=reason, entry_id=entry)
