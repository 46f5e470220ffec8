"""Ballots, recusals, resolutions and firings are append-only."""

from django.db import migrations

from ledger.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_initial"), ("ledger", "0002_guards")]

    operations = [
        append_only("governance_ballot"),
        append_only("governance_recusal"),
        append_only("governance_resolution"),
        append_only("governance_escalationfiring"),
        append_only("governance_stepacknowledgement"),
    ]
