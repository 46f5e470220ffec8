"""Lists at 100,000 rows: accounts by name, and concerns by how far they are."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):

    dependencies = [
        ('registry', '0021_lists'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='concern',
            index=models.Index(fields=['state', 'received_at', 'id'], name='concern_by_state'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(fields=['is_active', 'kind', 'name', 'id'], name='account_by_name'),
        ),
    ]
