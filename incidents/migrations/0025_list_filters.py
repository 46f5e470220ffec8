"""Lists at 100,000 rows: the acceptances of a case by when each began."""

import django.db.models.deletion
from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):

    dependencies = [
        ('incidents', '0024_queue_filters'),
    ]

    operations = [
        migrations.AlterField(
            model_name='riskacceptance',
            name='incident',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='acceptances', to='incidents.incident'),
        ),
        migrations.AddIndex(
            model_name='riskacceptance',
            index=models.Index(fields=['incident', 'from_at'], name='acceptance_of_incident'),
        ),
    ]
