"""Break-glass, delegations, reassignments."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0012_versions")]

    operations: list[migrations.operations.base.Operation] = []
