"""What is written down about a system: controls, scope, behaviour, dependencies, data."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0009_classification")]

    operations: list[migrations.operations.base.Operation] = []
