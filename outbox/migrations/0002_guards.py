"""Delivery attempts are append-only."""

from ledger.append_only import Grouped, append_only


class Migration(Grouped):
    dependencies = [("outbox", "0001_initial"), ("ledger", "0002_guards")]

    operations = [append_only("outbox_deliveryattempt")]
