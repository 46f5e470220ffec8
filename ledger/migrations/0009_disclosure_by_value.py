"""Looking a known value up, whatever its length, so that it keeps its commitment."""

import django.contrib.postgres.indexes
from django.db import migrations

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("ledger", "0008_erasing")]

    operations = [
        migrations.AddIndex(
            model_name="disclosure",
            index=django.contrib.postgres.indexes.HashIndex(
                fields=["value"], name="disclosure_by_value"
            ),
        ),
    ]
