"""Changes of where webhooks go are noted for reconciliation."""

from ledger.append_only import Grouped, watch


class Migration(Grouped):
    dependencies = [("outbox", "0002_guards"), ("ledger", "0007_net")]

    operations = [watch("outbox_webhookendpoint")]
