"""Connectors and uploads."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0009_voids")]

    operations = []
