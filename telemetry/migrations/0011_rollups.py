"""Daily rollups."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0010_connectors")]

    operations = []
