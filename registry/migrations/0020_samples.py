"""Which systems are samples, and which notices somebody wants in the product alone."""

import django.contrib.postgres.fields
from django.db import migrations, models

from ledger.append_only import Grouped

SAMPLE = [("", "no sample"), ("shown", "sample"), ("removed", "removed sample")]


def _sample() -> models.CharField:
    return models.CharField(blank=True, choices=SAMPLE, default="", max_length=7)


def _kinds() -> django.contrib.postgres.fields.ArrayField:
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.CharField(max_length=20), default=list, size=None
    )


class Migration(Grouped):
    dependencies = [("registry", "0019_frameworks")]

    operations = [
        migrations.AddField("historicalnoticepreference", "in_product", _kinds()),
        migrations.AddField("noticepreference", "in_product", _kinds()),
        migrations.AddField("historicalsystem", "sample", _sample()),
        migrations.AddField("system", "sample", _sample()),
    ]
