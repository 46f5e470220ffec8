"""Imports with their rows."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0014_sign_in")]

    operations: list[migrations.operations.base.Operation] = []
