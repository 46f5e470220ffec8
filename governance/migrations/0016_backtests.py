"""Back-tests, drift and coverage."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("governance", "0015_mutes")]

    operations = []
