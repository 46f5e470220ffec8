"""What is accepted and runs is found without what ended before its last day."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("incidents", "0028_open_by_opening")]

    operations = [
        migrations.AddIndex(
            "riskacceptance",
            models.Index(
                fields=["until_at", "id"],
                name="acceptance_running",
                condition=models.Q(state="active"),
            ),
        ),
    ]
