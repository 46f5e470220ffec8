"""Incidents that a slide, a guardrail, a budget, a version, drift or a broken sender opens."""

from django.db import migrations, models

from ledger.append_only import Grouped

KINDS = models.CharField(choices=[('breach', 'KPI breach'), ('fairness', 'Fairness breach'), ('boundary', 'Boundary violation'), ('silence', 'No readings'), ('reported', 'Reported by hand'), ('integrity', 'Integrity of the record'), ('concern', 'Concern that was raised'), ('supplier', "Supplier's notice"), ('trend', 'Slow slide'), ('pair', 'Gain at the cost of its guardrail'), ('budget', 'Error budget spent'), ('version', 'Answered by an unapproved version'), ('drift', 'Drift'), ('fault', 'Data fault')], max_length=10)


class Migration(Grouped):
    dependencies = [("incidents", "0011_concern_kinds")]

    operations = [
        migrations.AlterField(model_name="historicalincident", name="kind", field=KINDS),
        migrations.AlterField(model_name="incident", name="kind", field=KINDS.clone()),
    ]
