"""Silences with an end, data faults, versions that nobody approved."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("governance", "0014_trends")]

    operations = []
