"""Classifications, risk tiers and impact assessments."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0008_law")]

    operations: list[migrations.operations.base.Operation] = []
