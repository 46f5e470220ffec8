"""Whether a notice was read in the product. What went out before there was a list counts as read."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("outbox", "0006_sweeps")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="read_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(
            "UPDATE outbox_message SET read_at = COALESCE(seen_at, created_at)"
            " WHERE person_id IS NOT NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(
                    ("channel__in", ("mail", "product")), ("form", "single"), ("read_at", None)
                ),
                fields=["person_id", "-created_at", "-id"],
                name="message_unread",
            ),
        ),
    ]
