"""Tokens that replace each other, and when somebody was told that one ends."""

import django.db.models.deletion
from django.db import migrations, models


from ledger.append_only import AtOnce, Grouped


class Migration(Grouped):
    dependencies = [("registry", "0013_access")]

    operations = [
        AtOnce(
            [
                migrations.AddField(
                    model_name="servicetoken",
                    name="replaces",
                    field=models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="registry.servicetoken",
                    ),
                ),
                migrations.AddField(
                    model_name="servicetoken",
                    name="overlap_until",
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name="servicetoken",
                    name="warned_at",
                    field=models.DateTimeField(null=True),
                ),
            ]
        ),
    ]
