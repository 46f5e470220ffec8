"""Documents of other kinds than lists of the ledger, drawn by the same worker."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("reports", "0011_statements")]

    operations = [
        migrations.AddField(
            model_name="printout",
            name="kind",
            field=models.CharField(default="ledger", max_length=30),
        ),
        migrations.AddField(
            model_name="printout",
            name="title",
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
