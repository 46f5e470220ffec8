"""A disclosure knows since when it is there: what has a time limit ends by it."""

from django.db import migrations, models
from django.db.models.functions import Now

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("ledger", "0004_seal_guards")]

    operations = [
        migrations.AddField(
            model_name="disclosure",
            name="at",
            field=models.DateTimeField(db_default=Now()),
        ),
        migrations.AddIndex(
            model_name="disclosure",
            index=models.Index(fields=["kind", "at"], name="disclosure_by_age"),
        ),
    ]
