"""Lists at 100,000 rows: the reports that were sent about a case, the newest first."""

from django.conf import settings
from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):

    dependencies = [
        ('incidents', '0021_comments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(fields=['incident', '-submitted_at', '-id'], name='submission_newest'),
        ),
    ]
