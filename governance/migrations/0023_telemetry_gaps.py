from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("governance", "0022_requests")]

    operations: list[object] = []
