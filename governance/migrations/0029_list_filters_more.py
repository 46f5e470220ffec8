"""Lists at 100,000 rows: the motions that a body has before it, and those that it has closed."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):

    dependencies = [
        ('governance', '0028_more_lists'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('state__in', ['draft', 'open'])), fields=['committee', 'created_at', 'number'], name='decision_waiting'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['committee', '-closed_at', '-id'], name='decision_closed_by_body'),
        ),
    ]
