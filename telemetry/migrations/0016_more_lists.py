from django.db import migrations, models


class Migration(migrations.Migration):
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
