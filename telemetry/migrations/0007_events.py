"""Decision events with all that is told of them; labels; tallies."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0006_catalogue")]

    operations = []
