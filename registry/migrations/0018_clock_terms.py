"""What a clock rule says beside its hours."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("registry", "0017_notices")]

    operations = [
        migrations.AddField("clockrule", "terms", models.JSONField(default=dict)),
    ]
