from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("reports", "0006_printouts")]

    operations: list[object] = []
