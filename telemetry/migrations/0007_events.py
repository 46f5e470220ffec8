"""Decision events with all that is told of them; what is found out later; sums by hour."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from ledger.append_only import Grouped, append_only, grouped

FIELDS = (
    ("question", "text", models.TextField(null=True)),
    ("input_sha256", "varchar(64)", models.CharField(max_length=64, null=True)),
    ("sources", "jsonb", models.JSONField(null=True)),
    ("model", "varchar(120)", models.CharField(max_length=120, null=True)),
    ("fingerprint", "varchar(120)", models.CharField(max_length=120, null=True)),
    ("prompt_sha256", "varchar(64)", models.CharField(max_length=64, null=True)),
    ("tools_sha256", "varchar(64)", models.CharField(max_length=64, null=True)),
    ("guardrails_sha256", "varchar(64)", models.CharField(max_length=64, null=True)),
    ("index_sha256", "varchar(64)", models.CharField(max_length=64, null=True)),
    ("digest", "varchar(80)", models.CharField(max_length=80, null=True)),
    ("policy_version", "varchar(60)", models.CharField(max_length=60, null=True)),
    ("score", "float8", models.FloatField(null=True)),
    ("scores", "jsonb", models.JSONField(null=True)),
    ("predicted", "float8", models.FloatField(null=True)),
    ("predicted_low", "float8", models.FloatField(null=True)),
    ("predicted_high", "float8", models.FloatField(null=True)),
    ("actual", "float8", models.FloatField(null=True)),
    ("ranking", "jsonb", models.JSONField(null=True)),
    ("relevant", "jsonb", models.JSONField(null=True)),
    ("corrected_seconds", "float8", models.FloatField(null=True)),
    ("approve_seconds", "float8", models.FloatField(null=True)),
    ("complete_seconds", "float8", models.FloatField(null=True)),
    ("skipped", "boolean", models.BooleanField(null=True)),
    ("approvals", "jsonb", models.JSONField(null=True)),
    ("near_miss", "boolean", models.BooleanField(null=True)),
    ("tokens_in", "integer", models.IntegerField(null=True)),
    ("tokens_out", "integer", models.IntegerField(null=True)),
    ("conversation", "varchar(120)", models.CharField(max_length=120, null=True)),
    ("canary", "varchar(80)", models.CharField(max_length=80, null=True)),
    ("hallucinated", "boolean", models.BooleanField(null=True)),
    ("toxic", "boolean", models.BooleanField(null=True)),
    ("refused", "boolean", models.BooleanField(null=True)),
    ("format_ok", "boolean", models.BooleanField(null=True)),
    ("outside", "jsonb", models.JSONField(null=True)),
)
# No default and no rewrite: an event that came before says nothing of what it was not asked.
EVENTS = (
    "ALTER TABLE telemetry_decision_event ALTER COLUMN feedback TYPE varchar(12), "
    + ", ".join(f"ADD COLUMN {name} {kind}" for name, kind, _ in FIELDS)
)
EVENTS_BACK = "ALTER TABLE telemetry_decision_event " + ", ".join(
    f"DROP COLUMN {name}" for name, _, _ in FIELDS
)
LABELS = """
CREATE TABLE telemetry_event_label (
  system_id uuid NOT NULL,
  at timestamptz NOT NULL,
  event_id varchar(80) NOT NULL,
  kind varchar(20) NOT NULL,
  reviewer varchar(60) NOT NULL,
  labelled_at timestamptz NOT NULL,
  value jsonb NOT NULL,
  received_at timestamptz NOT NULL,
  batch_id uuid NOT NULL,
  PRIMARY KEY (system_id, at, event_id, kind, reviewer, labelled_at)
) PARTITION BY RANGE (at);
CREATE TABLE telemetry_event_label_default PARTITION OF telemetry_event_label DEFAULT;
"""
LABELS_BACK = "DROP TABLE telemetry_event_label CASCADE;"
TALLIES = """
CREATE TABLE telemetry_tally (
  scope_id bigint NOT NULL,
  hour timestamptz NOT NULL,
  part varchar(60) NOT NULL,
  sums numeric[] NOT NULL,
  PRIMARY KEY (scope_id, hour, part)
) WITH (fillfactor = 70);
"""
PARENTS = "('telemetry_measurement', 'telemetry_decision_event', 'telemetry_event_label')"
BEFORE = "('telemetry_measurement', 'telemetry_decision_event')"


def functions(parents: str) -> str:
    """Return the owner's functions that make and drop a month of these tables."""
    return f"""
CREATE OR REPLACE FUNCTION telemetry_make_partition(parent text, month date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  child text := parent || '_' || to_char(month, 'YYYYMM');
  first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
  next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month')
    AT TIME ZONE 'UTC';
BEGIN
  IF parent NOT IN {parents} THEN
    RAISE EXCEPTION '% is not partitioned by this function', parent;
  END IF;
  IF to_regclass(format('public.%I', child)) IS NOT NULL THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
    child, parent, first, next);
  PERFORM telemetry_guard_partition(child);
  RETURN true;
END $$;
CREATE OR REPLACE FUNCTION telemetry_drop_partition(parent text, month date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET lock_timeout = '3s' AS $$
DECLARE
  child text := parent || '_' || to_char(month, 'YYYYMM');
  after timestamptz := (date_trunc('month', month::timestamp) + interval '1 month')
    AT TIME ZONE 'UTC';
  rows bigint;
BEGIN
  IF parent NOT IN {parents} THEN
    RAISE EXCEPTION '% is not partitioned by this function', parent;
  END IF;
  IF after > now() - interval '184 days' THEN
    RAISE EXCEPTION '% holds readings that are kept for at least 184 days', child
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kept_no_shorter_than_the_floor',
            TABLE = child;
  END IF;
  IF to_regclass(format('public.%I', child)) IS NULL THEN RETURN 0; END IF;
  EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', parent, child);
  EXECUTE format('SELECT count(*) FROM public.%I', child) INTO rows;
  EXECUTE format('DROP TABLE public.%I', child);
  RETURN rows;
END $$;
"""


# A month of labels for each month of events that there is.
MONTHS = """
SELECT telemetry_make_partition('telemetry_event_label',
    to_date(right(i.inhrelid::regclass::text, 6), 'YYYYMM'))
  FROM pg_inherits i
 WHERE i.inhparent = 'telemetry_decision_event'::regclass
   AND i.inhrelid::regclass::text ~ '_[0-9]{6}$';
SELECT telemetry_guard_partition('telemetry_event_label_default');
"""


class Migration(Grouped):
    dependencies = [("telemetry", "0006_catalogue"), ("registry", "0016_concerns")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(EVENTS, EVENTS_BACK)],
            state_operations=grouped(
                [
                    *(
                        migrations.AddField(model_name="decisionevent", name=name, field=field)
                        for name, _, field in FIELDS
                    ),
                    migrations.AlterField(
                        model_name="decisionevent",
                        name="feedback",
                        field=models.CharField(blank=True, max_length=12),
                    ),
                ]
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(LABELS, LABELS_BACK)],
            state_operations=[
                migrations.CreateModel(
                    name='EventLabel',
                    fields=[
                        ('pk', models.CompositePrimaryKey('system_id', 'at', 'event_id', 'kind', 'reviewer', 'labelled_at', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('at', models.DateTimeField()),
                        ('event_id', models.CharField(max_length=80)),
                        ('kind', models.CharField(max_length=20)),
                        ('reviewer', models.CharField(blank=True, max_length=60)),
                        ('labelled_at', models.DateTimeField()),
                        ('value', models.JSONField()),
                        ('received_at', models.DateTimeField()),
                        ('batch_id', models.UUIDField()),
                        ('system', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'db_table': 'telemetry_event_label',
                    },
                ),
            ],
        ),
        append_only("telemetry_event_label"),
        migrations.RunSQL(functions(PARENTS), functions(BEFORE)),
        migrations.RunSQL(MONTHS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='TallyScope',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('environment', models.CharField(max_length=30)),
                ('attribute', models.CharField(blank=True, max_length=60)),
                ('positive', models.CharField(blank=True, max_length=60)),
                ('since', models.DateTimeField()),
                ('layout', models.CharField(max_length=16)),
                ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.system')),
            ],
            options={
                'db_table': 'telemetry_tally_scope',
                'constraints': [models.UniqueConstraint(fields=('system', 'environment', 'attribute', 'positive'), name='tally_scope_once')],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TALLIES, "DROP TABLE telemetry_tally;")],
            state_operations=[
                migrations.CreateModel(
                    name='Tally',
                    fields=[
                        ('pk', models.CompositePrimaryKey('scope_id', 'hour', 'part', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('hour', models.DateTimeField()),
                        ('part', models.CharField(blank=True, max_length=60)),
                        ('sums', django.contrib.postgres.fields.ArrayField(base_field=models.DecimalField(decimal_places=500, max_digits=1000), size=None)),
                        ('scope', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.tallyscope')),
                    ],
                    options={
                        'db_table': 'telemetry_tally',
                    },
                ),
            ],
        ),
    ]
