"""Lists of the ledger on paper."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [
        ("reports", "0005_net"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Printout",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("query", models.JSONField(default=dict)),
                ("exceptions", models.BooleanField(default=False)),
                ("newest_entry", models.BigIntegerField()),
                ("lines", models.IntegerField()),
                ("requested_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("making", "Being made"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("gone", "Removed"),
                        ],
                        default="queued",
                        max_length=8,
                    ),
                ),
                ("failure", models.TextField(blank=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("attempts", models.IntegerField(default=0)),
                ("made_at", models.DateTimeField(null=True)),
                ("path", models.TextField(blank=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.BigIntegerField(null=True)),
                ("pages", models.IntegerField(null=True)),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="printouts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "requested_at"], name="printout_queue")
                ],
            },
        ),
    ]
