"""What came back of a delivery may name the person whom it was for."""

from django.db import migrations

from ledger.append_only import printed_names


class Migration(migrations.Migration):
    dependencies = [("outbox", "0003_net"), ("ledger", "0008_erasing")]

    operations = [printed_names("outbox_deliveryattempt", "text:response:message_id")]
