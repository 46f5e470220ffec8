from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0018_clock_terms")]

    operations: list[object] = []
