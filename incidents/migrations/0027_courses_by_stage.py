"""A course stands by the entry into the last stage: the figures' index changes with states alone.

It held the version, which every command changes: no change of a case could stay within its page.
"""

from django.db import migrations, models

from ledger.append_only import Grouped

# A course of another version is drawn again when its case ends again; until then it is walked.
STANDS = """
DELETE FROM incidents_course k USING incidents_incident i
WHERE i.id = k.incident_id AND (i.version <> k.version OR i.state NOT IN ('CLOSED', 'CANCELLED'));
UPDATE incidents_course k SET stage_entered_at = i.stage_entered_at
FROM incidents_incident i WHERE i.id = k.incident_id;
"""
VERSION = """
UPDATE incidents_course k SET version = i.version
FROM incidents_incident i WHERE i.id = k.incident_id;
"""
READ = [
    "id", "system", "unit", "owner", "deputy", "severity", "state", "drill", "onset_at",
    "stage_due_at",
]  # fmt: skip


class Migration(Grouped):
    dependencies = [("incidents", "0026_fewer_indexes")]

    operations = [
        migrations.AddField("course", "stage_entered_at", models.DateTimeField(null=True)),
        migrations.RunSQL(STANDS, VERSION),
        migrations.AlterField("course", "stage_entered_at", models.DateTimeField()),
        migrations.RemoveField("course", "version"),
        migrations.RemoveIndex("incident", "incident_figures"),
        migrations.AddIndex(
            "incident",
            models.Index(
                fields=["detected_at"],
                include=[*READ, "stage_entered_at"],
                name="incident_figures",
            ),
        ),
    ]
