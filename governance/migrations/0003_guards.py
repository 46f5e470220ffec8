"""Ballots, recusals, resolutions and firings are append-only."""

from ledger.append_only import Grouped, append_only


class Migration(Grouped):
    dependencies = [("governance", "0001_initial"), ("ledger", "0002_guards")]

    operations = [
        append_only("governance_ballot"),
        append_only("governance_recusal"),
        append_only("governance_resolution"),
        append_only("governance_escalationfiring"),
        append_only("governance_stepacknowledgement"),
    ]
