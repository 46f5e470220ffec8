"""Which country's public holidays a working calendar takes in."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, watch


class Migration(Grouped):
    dependencies = [
        ("incidents", "0018_families"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name="HistoricalHolidayChoice",
                    fields=[
                        ("history_request_id", models.CharField(blank=True, max_length=64)),
                        ("history_channel", models.CharField(blank=True, max_length=16)),
                        ("history_actor", models.TextField(blank=True)),
                        ("id", models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ("calendar_name", models.CharField(db_index=True, max_length=80)),
                        ("country", models.CharField(max_length=2)),
                        ("subdivision", models.CharField(blank=True, max_length=10)),
                        ("days", models.JSONField(default=dict)),
                        ("through_year", models.IntegerField()),
                        ("chosen_at", models.DateTimeField()),
                        ("refreshed_at", models.DateTimeField()),
                        ("history_user_id", models.UUIDField(null=True)),
                        ("history_change_reason", models.TextField(null=True)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")],
                                max_length=1,
                            ),
                        ),
                        (
                            "chosen_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical holiday choice",
                        "verbose_name_plural": "historical holiday choices",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HolidayChoice",
                    fields=[
                        (
                            "id",
                            models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False),
                        ),
                        ("calendar_name", models.CharField(max_length=80, unique=True)),
                        ("country", models.CharField(max_length=2)),
                        ("subdivision", models.CharField(blank=True, max_length=10)),
                        ("days", models.JSONField(default=dict)),
                        ("through_year", models.IntegerField()),
                        ("chosen_at", models.DateTimeField()),
                        ("refreshed_at", models.DateTimeField()),
                        (
                            "chosen_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
            ]
        ),
        watch("incidents_holidaychoice"),
    ]
