"""Voided readings, canary sets."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0008_baselines")]

    operations = []
