"""Looks at answers, and reviews."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0011_rollups")]

    operations = []
