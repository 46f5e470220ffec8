"""Lists at 100,000 rows: entries counted by verb in a time, and those that name no system."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):

    dependencies = [
        ('ledger', '0010_lists'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['verb', 'at'], include=('actor_id', 'incident_id', 'system_id'), name='entry_by_verb_in_time'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('incident_id__isnull', False), ('system_id__isnull', True)), fields=['id'], name='entry_of_case_alone'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('incident_id__isnull', True), ('system_id__isnull', True)), fields=['id'], name='entry_of_organisation'),
        ),
    ]
