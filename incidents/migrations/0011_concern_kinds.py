"""Incidents that a concern or a supplier's notice opens."""

from django.db import migrations, models

from ledger.append_only import Grouped

KINDS = models.CharField(choices=[('breach', 'KPI breach'), ('fairness', 'Fairness breach'), ('boundary', 'Boundary violation'), ('silence', 'No readings'), ('reported', 'Reported by hand'), ('integrity', 'Integrity of the record'), ('concern', 'Concern that was raised'), ('supplier', "Supplier's notice")], max_length=10)


class Migration(Grouped):
    dependencies = [("incidents", "0010_privileged_notes")]

    operations = [
        migrations.AlterField(model_name="historicalincident", name="kind", field=KINDS),
        migrations.AlterField(model_name="incident", name="kind", field=KINDS.clone()),
    ]
