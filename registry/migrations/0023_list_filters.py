"""Lists at 100,000 rows: documents by their end, requests to erase by age, who left by name."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):

    dependencies = [
        ('registry', '0022_more_lists'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='documentversion',
            name='document_expiring',
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('is_active', False)), fields=['name', 'id'], name='account_left_by_name'),
        ),
        migrations.AddIndex(
            model_name='documentversion',
            index=models.Index(condition=models.Q(('state', 'in_force')), fields=['expires_on', 'id'], name='document_expiring'),
        ),
        migrations.AddIndex(
            model_name='erasurerequest',
            index=models.Index(condition=models.Q(('state', 'asked')), fields=['-asked_at', '-id'], name='erasure_waiting'),
        ),
        migrations.AddIndex(
            model_name='erasurerequest',
            index=models.Index(condition=models.Q(('state', 'asked'), _negated=True), fields=['-asked_at', '-id'], name='erasure_decided'),
        ),
    ]
