"""Lists at 100,000 rows: the queue by each of its filters, and the clocks that run by each rule."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):

    dependencies = [
        ('incidents', '0022_lists'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['severity', 'opened_at', 'id'], name='incident_by_severity'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['kind', 'opened_at', 'id'], name='incident_by_kind'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('state__in', ['CLOSED', 'CANCELLED']), _negated=True), fields=['severity', 'opened_at', 'id'], name='incident_open_by_severity'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('state__in', ['CLOSED', 'CANCELLED']), _negated=True), fields=['system', 'stage_due_at', 'id'], name='incident_due_by_system'),
        ),
        migrations.AddIndex(
            model_name='regulatoryclock',
            index=models.Index(condition=models.Q(models.Q(('state', 'ended'), _negated=True), ('submission__isnull', True)), fields=['rule', 'incident', 'id'], name='clock_still_runs_by_rule'),
        ),
    ]
