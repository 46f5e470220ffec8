"""Baselines, histograms, drift."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0007_events")]

    operations = []
