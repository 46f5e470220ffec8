"""Where readings come in."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("governance", "0016_backtests")]

    operations = []
