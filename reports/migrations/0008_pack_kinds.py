"""Packs of several systems, of a framework, of an incident, for an authority; for whom."""

import django.db.models.deletion
from django.db import migrations, models

from ledger.append_only import Grouped, watch

# How far a worker is; each change of another column is noted for reconciliation.
WORKING_BEFORE = [
    "state",
    "step",
    "progress",
    "failure",
    "leased_until",
    "attempts",
    "waits_for",
]
WORKING = [*WORKING_BEFORE, "part"]
NOT_WATCHED = """
DROP TRIGGER reports_pack_net ON reports_pack;
DROP TRIGGER reports_pack_net_update ON reports_pack;
"""


class Migration(Grouped):
    dependencies = [
        ("reports", "0007_controls"),
        ("governance", "0022_requests"),
        ("incidents", "0018_families"),
        ("registry", "0018_clock_terms"),
    ]

    operations: list[object] = [
        migrations.AddField(
            model_name="pack",
            name="kind",
            field=models.CharField(
                choices=[
                    ("eu_ai_act", "EU AI Act"),
                    ("iso_42001", "ISO/IEC 42001"),
                    ("nist_ai_rmf", "NIST AI RMF"),
                    ("everything", "Everything"),
                    ("incident", "Incident file"),
                    ("authority_request", "Request of an authority"),
                ],
                default="everything",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="pack",
            name="breadth",
            field=models.CharField(
                choices=[
                    ("system", "One system"),
                    ("unit", "A unit and all below it"),
                    ("organisation", "The whole organisation"),
                    ("matters", "Named matters"),
                ],
                default="system",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="pack",
            name="recipient",
            field=models.CharField(
                choices=[
                    ("auditor", "An auditor"),
                    ("authority", "An authority"),
                    ("customer", "A customer"),
                    ("internal", "Ourselves"),
                ],
                default="auditor",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="pack",
            name="subject",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="pack",
            name="part",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="pack",
            name="systems",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="pack",
            name="unit",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="packs",
                to="registry.unit",
            ),
        ),
        migrations.AddField(
            model_name="pack",
            name="incident",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="packs",
                to="incidents.incident",
            ),
        ),
        migrations.AddField(
            model_name="pack",
            name="request",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="packs",
                to="governance.authorityrequest",
            ),
        ),
        migrations.AlterField(
            model_name="pack",
            name="system",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="packs",
                to="registry.system",
            ),
        ),
        migrations.AddConstraint(
            model_name="pack",
            constraint=models.CheckConstraint(
                condition=(
                    models.Q(breadth="system", system__isnull=False) | ~models.Q(breadth="system")
                )
                & (models.Q(breadth="unit", unit__isnull=False) | ~models.Q(breadth="unit"))
                & (models.Q(kind="incident", incident__isnull=False) | ~models.Q(kind="incident")),
                name="pack_is_of_something",
            ),
        ),
        migrations.RunSQL(NOT_WATCHED, watch("reports_pack", ignored=WORKING_BEFORE).sql),
        watch("reports_pack", ignored=WORKING),
    ]
