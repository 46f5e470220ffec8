"""What a clock rule says beside its hours."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0017_notices")]

    operations = [
        migrations.AddField("clockrule", "terms", models.JSONField(default=dict)),
    ]
