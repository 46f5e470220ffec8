"""Lists at 100,000 rows: notices about a case, those read, all messages; the timers of a case."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):

    dependencies = [
        ('outbox', '0007_read_state'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='message',
            name='message_subject',
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['subject_id', '-created_at', '-id'], name='message_about'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['-created_at', '-id'], name='message_newest'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('channel__in', ('mail', 'product')), ('form', 'single'), ('read_at__isnull', False)), fields=['person_id', '-created_at', '-id'], name='message_read'),
        ),
        migrations.AddIndex(
            model_name='timer',
            index=models.Index(fields=['subject_id', 'due_at'], name='timer_of_subject'),
        ),
        migrations.AddIndex(
            model_name='timer',
            index=models.Index(condition=models.Q(('attempts__gt', 0), ('state', 'armed')), fields=['-attempts', 'due_at'], name='timer_failing'),
        ),
    ]
