"""What is left of the cause of an incident once its readings were corrected or voided."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("governance", "0023_telemetry_gaps")]

    operations = [
        migrations.AddField("breachcause", "corrected_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "historicalbreachcause", "corrected_at", models.DateTimeField(null=True)
        ),
    ]
