"""Indexes by which the pages of long lists are read: tokens, documents."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("registry", "0020_samples")]

    operations = [
        migrations.AddIndex(
            "servicetoken",
            models.Index(fields=["-created", "-token_key"], name="token_newest"),
        ),
        migrations.AddIndex(
            "document", models.Index(fields=["system", "title", "id"], name="document_by_title")
        ),
        migrations.AddIndex(
            "document",
            models.Index(
                fields=["title", "id"],
                name="document_of_all_by_title",
                condition=models.Q(system__isnull=True),
            ),
        ),
    ]
