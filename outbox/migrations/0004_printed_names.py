"""What came back of a delivery may name the person whom it was for."""

from ledger.append_only import Grouped, printed_names


class Migration(Grouped):
    dependencies = [("outbox", "0003_net"), ("ledger", "0008_erasing")]

    operations = [printed_names("outbox_deliveryattempt", "text:response:message_id")]
