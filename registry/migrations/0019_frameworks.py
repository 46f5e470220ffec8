from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("registry", "0018_clock_terms")]

    operations: list[object] = []
