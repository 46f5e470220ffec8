"""Lists at 100,000 rows: messages by how they fare, those that were seen, those of rare channels.

The index of the failed ones goes: the one by state serves them.
"""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):

    dependencies = [
        ('outbox', '0009_queue_filters'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='message',
            name='message_failed',
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['state', '-created_at', '-id'], include=('carried_by', 'attempts'), name='message_by_state'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('seen_at__isnull', False)), fields=['-created_at', '-id'], name='message_seen'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('channel__in', ('page', 'chat', 'webhook'))), fields=['channel', '-created_at', '-id'], name='message_by_rare_channel'),
        ),
    ]
