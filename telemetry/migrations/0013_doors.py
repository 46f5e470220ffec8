import django.db.models.deletion
from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("telemetry", "0012_answers")]

    operations = [
        migrations.CreateModel(
            name="DoorState",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "door",
                    models.CharField(
                        choices=[
                            ("measurements", "Bulk HTTP, readings"),
                            ("decisions", "Bulk HTTP, decision events"),
                            ("labels", "Bulk HTTP, labels"),
                            ("histograms", "Bulk HTTP, histograms"),
                            ("traces", "OpenTelemetry, traces"),
                            ("metrics", "OpenTelemetry, metrics"),
                            ("alerts", "Alertmanager"),
                            ("uploads", "Uploaded files"),
                        ],
                        max_length=12,
                    ),
                ),
                ("accepted_at", models.DateTimeField(null=True)),
                ("accepted_row", models.JSONField(null=True)),
                ("accepted_by", models.CharField(blank=True, max_length=80)),
                ("deliveries", models.BigIntegerField(default=0)),
                ("refused", models.BigIntegerField(default=0)),
                ("rejected_at", models.DateTimeField(null=True)),
                ("rejected_row", models.JSONField(null=True)),
                ("rejected_field", models.CharField(blank=True, max_length=60)),
                ("rejected_why", models.TextField(blank=True)),
                ("rejected_by", models.CharField(blank=True, max_length=80)),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="doors",
                        to="registry.system",
                    ),
                ),
            ],
            options={"db_table": "telemetry_door_state"},
        ),
        migrations.CreateModel(
            name="DoorRun",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("slot", models.SmallIntegerField()),
                ("at", models.DateTimeField()),
                ("sender", models.CharField(max_length=80)),
                ("failure", models.TextField(blank=True)),
                ("accepted", models.IntegerField(default=0)),
                ("repeated", models.IntegerField(default=0)),
                ("rejected", models.IntegerField(default=0)),
                ("rows", models.JSONField(default=list)),
                (
                    "state",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to="telemetry.doorstate",
                    ),
                ),
            ],
            options={"db_table": "telemetry_door_run"},
        ),
        migrations.AddConstraint(
            model_name="doorstate",
            constraint=models.UniqueConstraint(fields=("system", "door"), name="door_state_once"),
        ),
        migrations.AddIndex(
            model_name="doorrun",
            index=models.Index(fields=["at"], name="door_run_by_age"),
        ),
        migrations.AddConstraint(
            model_name="doorrun",
            constraint=models.UniqueConstraint(fields=("state", "slot"), name="door_run_slot"),
        ),
    ]
