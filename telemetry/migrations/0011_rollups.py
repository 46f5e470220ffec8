"""Daily rollups."""

import django.db.models.deletion
from django.db import migrations, models

from ledger.append_only import Grouped

# What is stored already is summed up by the sweeps that follow.
ALL_DIRTY = (
    "UPDATE telemetry_series_state SET dirty_from = '2000-01-01' WHERE window_end IS NOT NULL"
)


class Migration(Grouped):
    dependencies = [("telemetry", "0010_connectors")]

    operations = [
        migrations.AddField(
            model_name="seriesstate", name="dirty_from", field=models.DateField(null=True)
        ),
        migrations.CreateModel(
            name="DailyRollup",
            fields=[
                ("pk", models.CompositePrimaryKey("series_id", "day", blank=True, editable=False, primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("readings", models.IntegerField()),
                ("good", models.IntegerField()),
                ("n", models.BigIntegerField(null=True)),
                ("mean", models.FloatField(null=True)),
                ("lowest", models.FloatField(null=True)),
                ("highest", models.FloatField(null=True)),
                ("p50", models.FloatField(null=True)),
                ("p95", models.FloatField(null=True)),
                ("last", models.FloatField(null=True)),
                ("series", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="telemetry.series")),
            ],
            options={"db_table": "telemetry_daily"},
        ),
        migrations.RunSQL(ALL_DIRTY, migrations.RunSQL.noop),
    ]
