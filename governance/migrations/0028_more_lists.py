"""Lists at 100,000 rows: the last fire drill of each system that has ended."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):

    dependencies = [
        ('governance', '0027_lists'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='drill',
            index=models.Index(condition=models.Q(('state', 'ended')), fields=['system', 'ended_at'], name='fire_drill_ended'),
        ),
    ]
