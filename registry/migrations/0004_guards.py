"""The steps of a system's life are append-only."""

from django.db import migrations

from ledger.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_lives_and_releases"), ("ledger", "0002_guards")]

    operations = [append_only("registry_lifecyclechange")]
