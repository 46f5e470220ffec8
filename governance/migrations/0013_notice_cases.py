"""What came of suppliers' notices, system by system."""

import django.db.models.deletion
from django.db import migrations, models

from ledger.append_only import Grouped, append_only, watch

LIFECYCLE = [('proposed', 'Proposed'), ('assessed', 'Assessed'), ('approved', 'Approved'), ('pilot', 'Pilot'), ('production', 'Production'), ('suspended', 'Suspended'), ('retired', 'Retired')]


class Migration(Grouped):
    dependencies = [
        ("governance", "0012_integrity"),
        ("incidents", "0011_concern_kinds"),
        ("registry", "0011_documents"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticeCase",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("lifecycle", models.CharField(choices=LIFECYCLE, max_length=12)),
                ("products", models.TextField()),
                ("at", models.DateTimeField()),
                ("incident", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="incidents.incident")),
                ("notice", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="registry.suppliernotice")),
                ("system", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="notice_cases", to="registry.system")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("notice", "system"), name="notice_case_once")],
            },
        ),
        append_only("governance_noticecase"),
        watch("governance_noticecase"),
    ]
