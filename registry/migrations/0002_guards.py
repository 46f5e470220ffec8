"""Signatures are append-only."""

from ledger.append_only import Grouped, append_only


class Migration(Grouped):
    dependencies = [("registry", "0001_initial"), ("ledger", "0002_guards")]

    operations = [append_only("registry_signature")]
