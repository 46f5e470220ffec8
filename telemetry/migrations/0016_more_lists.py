from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):
    """The catalogue is read by name, a page at a time."""

    dependencies = [
        ("telemetry", "0015_settled"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="kpi",
            index=models.Index(fields=["name", "id"], name="kpi_by_name"),
        ),
    ]
