"""What searching the ledger takes: the channel beside the body, time with the number, labels."""

from django.db import migrations, models
from django.db.models.functions import Collate, Left, Lower

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("ledger", "0005_disclosure_age")]

    operations = [
        migrations.RemoveIndex(model_name="entry", name="entry_by_time"),
        migrations.AddField(
            model_name="entry",
            name="channel",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    models.Func(models.F("body"), models.Value("escape"), function="encode"),
                    models.Value('"from":\\{[^}]*"channel":"([^"]+)"'),
                    function="substring",
                ),
                output_field=models.CharField(max_length=16),
            ),
        ),
        migrations.AddIndex(
            model_name="entry", index=models.Index(fields=["at", "id"], name="entry_by_time")
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["channel", "id"], name="entry_by_channel"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                Collate(Lower(Left("object_label", 80)), "C"), name="entry_by_label"
            ),
        ),
    ]
