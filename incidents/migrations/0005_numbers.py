"""Numbers come from a sequence (no lock until the commit, gaps allowed); answers are append-only."""

from django.db import migrations

from ledger.append_only import Grouped, append_only


class Migration(Grouped):
    dependencies = [("incidents", "0004_commands"), ("ledger", "0002_guards")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE incidents_number AS bigint START 1",
            "DROP SEQUENCE incidents_number",
        ),
        append_only("incidents_questions"),
        append_only("incidents_firstassessment"),
        append_only("incidents_findings"),
        append_only("incidents_evidence"),
        append_only("incidents_validation"),
    ]
