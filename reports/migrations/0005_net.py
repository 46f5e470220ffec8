"""Changes of packs, beyond how far a worker is, are noted for reconciliation."""

from ledger.append_only import Grouped, watch


class Migration(Grouped):
    dependencies = [("reports", "0004_pack_seal"), ("ledger", "0007_net")]

    operations = [
        watch(
            "reports_pack",
            ignored=["state", "step", "progress", "failure", "leased_until", "attempts", "waits_for"],
        )
    ]
