"""Delivery attempts are append-only."""

from django.db import migrations

from ledger.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial"), ("ledger", "0002_guards")]

    operations = [append_only("outbox_deliveryattempt")]
