"""Changes of where webhooks go are noted for reconciliation."""

from django.db import migrations

from ledger.append_only import watch


class Migration(migrations.Migration):
    dependencies = [("outbox", "0002_guards"), ("ledger", "0007_net")]

    operations = [watch("outbox_webhookendpoint")]
