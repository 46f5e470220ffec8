"""Means to sign in and tokens that replace each other."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0013_access")]

    operations: list[migrations.operations.base.Operation] = []
