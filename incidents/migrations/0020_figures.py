"""The course of each case that ended, for the figures, and an index that holds what they read."""

import django.db.models.deletion
from django.db import migrations, models

from ledger.append_only import Grouped

# As the services draw them from now on; see incidents/selectors/figure_queries.py.
DRAW = """
INSERT INTO incidents_course (incident_id, version, acknowledged_at, asked_at, decided_at, closed_at, was_reopened, was_false, submissions, returns, verifications, failures, stages, late_stages)
SELECT t.incident_id, max(t.version), 
    min(t.at) FILTER (WHERE t.from_state = 'OPEN'
      AND t.command IN ('acknowledge', 'answer_silenced')) AS acknowledged_at,
    min(t.at) FILTER (WHERE t.to_state = 'DECISION' AND t.from_state <> 'DECISION') AS asked_at,
    min(t.at) FILTER (WHERE t.from_state = 'DECISION'
      AND t.command IN ('adopt', 'keep_running', 'accept_risk')) AS decided_at,
    max(t.at) FILTER (WHERE t.to_state = 'CLOSED' AND t.from_state <> 'CLOSED') AS closed_at,
    bool_or(t.from_state = 'CLOSED' AND t.to_state <> 'CLOSED') AS was_reopened,
    coalesce(bool_or(t.to_state = 'CANCELLED'
      AND t.payload ->> 'ground' IN ('false_positive', 'data_fault')), false) AS was_false,
    count(*) FILTER (WHERE t.command = 'submit_findings') AS submissions,
    count(*) FILTER (WHERE t.command = 'return_to_owner') AS returns,
    count(*) FILTER (WHERE t.from_state = 'VERIFICATION' AND t.to_state <> 'VERIFICATION')
      AS verifications,
    count(*) FILTER (WHERE t.command = 'verification_failed') AS failures,
    count(*) FILTER (WHERE t.from_state <> t.to_state AND t.payload ->> 'stage_due_at' IS NOT NULL AND t.command <> 'ack_lapse') AS stages,
    count(*) FILTER (WHERE t.from_state <> t.to_state AND t.payload ->> 'stage_due_at' IS NOT NULL AND t.command <> 'ack_lapse'
      AND t.at > (t.payload ->> 'stage_due_at')::timestamptz) AS late_stages
 FROM incidents_transition t
WHERE EXISTS (SELECT FROM incidents_incident i
  WHERE i.id = t.incident_id AND i.state IN ('CLOSED', 'CANCELLED')) GROUP BY t.incident_id
"""


class Migration(Grouped):
    dependencies = [("incidents", "0019_workflow_gaps")]

    operations = [
        migrations.CreateModel(
            name="Course",
            fields=[
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, primary_key=True,
                        related_name="course", serialize=False, to="incidents.incident",
                    ),
                ),
                ("version", models.IntegerField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("was_reopened", models.BooleanField()),
                ("was_false", models.BooleanField()),
                ("submissions", models.IntegerField()),
                ("returns", models.IntegerField()),
                ("verifications", models.IntegerField()),
                ("failures", models.IntegerField()),
                ("stages", models.IntegerField()),
                ("late_stages", models.IntegerField()),
            ],
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                fields=["detected_at"],
                include=[
                    "id", "system", "unit", "owner", "deputy", "severity", "state", "drill",
                    "onset_at", "stage_due_at", "version",
                ],
                name="incident_figures",
            ),
        ),
        migrations.RunSQL(DRAW, migrations.RunSQL.noop),
    ]
