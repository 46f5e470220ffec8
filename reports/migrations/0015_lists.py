"""Indexes by which the pages of long lists are read: packs, uploads, statements, factors."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("reports", "0014_desk_views")]

    operations = [
        migrations.AddIndex(
            "pack", models.Index(fields=["-requested_at", "-id"], name="pack_newest")
        ),
        migrations.AddIndex(
            "controlupload",
            models.Index(fields=["-uploaded_at", "-id"], name="control_upload_newest"),
        ),
        migrations.AddIndex(
            "controlupload",
            models.Index(
                fields=["provision", "-uploaded_at", "-id"], name="control_upload_newest_of"
            ),
        ),
        migrations.AddIndex(
            "applicabilitystatement",
            models.Index(fields=["-drafted_at", "-id"], name="applicability_newest"),
        ),
        migrations.AddIndex(
            "consequencefactor",
            models.Index(fields=["-drafted_at", "-id"], name="factor_newest"),
        ),
    ]
