"""Numbers of incidents come from a sequence: no lock is held until the commit, gaps are allowed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0004_commands")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE incidents_number AS bigint START 1",
            "DROP SEQUENCE incidents_number",
        ),
    ]
