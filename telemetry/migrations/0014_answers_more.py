"""Own KPIs that are switched off; the words of answers, found by an index."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import Grouped

# What a person may look at is looked for in topic, question and answer together. 'simple', since
# nobody says in which language a system is asked.
INDEX = """
CREATE INDEX telemetry_decision_event_words ON telemetry_decision_event
  USING gin (to_tsvector('simple'::regconfig,
    topic || ' ' || coalesce(question, '') || ' ' || coalesce(answer, '')))
"""


class Migration(Grouped):
    dependencies = [
        ("telemetry", "0013_doors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="kpi", name="off", field=models.BooleanField(default=False)
        ),
        migrations.AddField(
            model_name="kpi", name="switched_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="kpi", name="switched_because", field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="kpi",
            name="switched_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.CheckConstraint(
                condition=models.Q(("off", False))
                | models.Q(("own", True), ("switched_at__isnull", False)),
                name="own_kpi_alone_is_switched_off",
            ),
        ),
        migrations.RunSQL(INDEX, "DROP INDEX telemetry_decision_event_words"),
    ]
