"""Concerns and their receipts."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0015_exchange")]

    operations: list[migrations.operations.base.Operation] = []
