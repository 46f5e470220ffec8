"""The catalogue whole: bands, owner roles, templates, scorecards."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0005_drop_partition")]

    operations = []
