"""Identities of versions, fallback checks, evaluation runs."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0011_documents")]

    operations: list[migrations.operations.base.Operation] = []
