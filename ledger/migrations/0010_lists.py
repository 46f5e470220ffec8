"""Lists at 100,000 rows: verifications, the newest first, and the last that came to a result."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):

    dependencies = [
        ('ledger', '0009_disclosure_by_value'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='verificationrun',
            index=models.Index(fields=['-requested_at', '-id'], name='verification_newest'),
        ),
        migrations.AddIndex(
            model_name='verificationrun',
            index=models.Index(condition=models.Q(('state__in', ['passed', 'failed'])), fields=['-finished_at'], name='verification_done'),
        ),
    ]
