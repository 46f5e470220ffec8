"""Fewer indexes on what a sweep writes most: no second one of a key, none of what is empty."""

import django.db.models.deletion
from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("outbox", "0005_notices")]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="carried_by",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="carries", to="outbox.message",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="endpoint",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT,
                to="outbox.webhookendpoint",
            ),
        ),
        migrations.AlterField(
            model_name="message", name="key", field=models.CharField(max_length=240)
        ),
        migrations.AlterField(
            model_name="timer", name="key", field=models.CharField(max_length=240)
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("endpoint__isnull", False)),
                fields=["endpoint"],
                name="message_endpoint",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("carried_by__isnull", False)),
                fields=["carried_by"],
                name="message_carried_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(fields=("key",), name="message_key"),
        ),
        migrations.AddConstraint(
            model_name="timer",
            constraint=models.UniqueConstraint(fields=("key",), name="timer_key"),
        ),
    ]
