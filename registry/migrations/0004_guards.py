"""The steps of a system's life are append-only."""

from ledger.append_only import Grouped, append_only


class Migration(Grouped):
    dependencies = [("registry", "0003_lives_and_releases"), ("ledger", "0002_guards")]

    operations = [append_only("registry_lifecyclechange")]
