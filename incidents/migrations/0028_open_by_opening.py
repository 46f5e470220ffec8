"""The newest open cases are found by an index: what a case may share with others is among them."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("incidents", "0027_courses_by_stage")]

    operations = [
        migrations.AddIndex(
            "incident",
            models.Index(
                fields=["opened_at", "id"],
                name="incident_open_by_opening",
                condition=~models.Q(state__in=["CLOSED", "CANCELLED"]),
            ),
        ),
    ]
