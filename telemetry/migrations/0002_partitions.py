"""Measurements and decision events by month: insert-only, partitions made and dropped by
functions of the owner that write what they did.
"""

import django.db.models.deletion
from django.db import migrations, models

from ledger.append_only import Grouped, append_only

TABLES = """
CREATE TABLE telemetry_measurement (
  series_id bigint NOT NULL,
  window_end timestamptz NOT NULL,
  revision integer NOT NULL,
  value double precision,
  n integer,
  low double precision,
  high double precision,
  good boolean NOT NULL,
  received_at timestamptz NOT NULL,
  batch_id uuid NOT NULL,
  PRIMARY KEY (series_id, window_end, revision),
  CONSTRAINT measurement_is_a_number CHECK
    (value IS NULL OR (value <> 'NaN' AND value <> 'Infinity' AND value <> '-Infinity')),
  CONSTRAINT good_has_value CHECK (NOT good OR value IS NOT NULL)
) PARTITION BY RANGE (window_end);
CREATE TABLE telemetry_measurement_default PARTITION OF telemetry_measurement DEFAULT;
CREATE TABLE telemetry_decision_event (
  system_id uuid NOT NULL,
  at timestamptz NOT NULL,
  event_id varchar(80) NOT NULL,
  environment varchar(30) NOT NULL,
  version_label varchar(60) NOT NULL,
  segment jsonb NOT NULL,
  answer text,
  truth text,
  confidence double precision,
  overridden boolean,
  latency_ms double precision,
  cost double precision,
  topic text NOT NULL,
  outcome varchar(10) NOT NULL,
  tool_calls jsonb NOT NULL,
  blocked boolean NOT NULL,
  boundary_violation boolean NOT NULL,
  spend double precision,
  feedback varchar(6) NOT NULL,
  escalated boolean NOT NULL,
  grounded boolean,
  simulated boolean NOT NULL,
  received_at timestamptz NOT NULL,
  batch_id uuid NOT NULL,
  PRIMARY KEY (system_id, at, event_id)
) PARTITION BY RANGE (at);
CREATE TABLE telemetry_decision_event_default PARTITION OF telemetry_decision_event DEFAULT;

CREATE FUNCTION telemetry_make_partition(parent text, month date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
  child text := parent || '_' || to_char(month, 'YYYYMM');
  first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
  next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month')
    AT TIME ZONE 'UTC';
BEGIN
  IF parent NOT IN ('telemetry_measurement', 'telemetry_decision_event') THEN
    RAISE EXCEPTION '% is not partitioned by this function', parent;
  END IF;
  IF to_regclass(child) IS NOT NULL THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
    child, parent, first, next);
  RETURN true;
END $$;
SELECT telemetry_make_partition(parent, (date_trunc('month', now()) + m * interval '1 month')::date)
  FROM unnest(ARRAY['telemetry_measurement', 'telemetry_decision_event']) AS parent,
       generate_series(-3, 3) AS m;
"""
REVERSE = """
DROP TABLE telemetry_measurement CASCADE;
DROP TABLE telemetry_decision_event CASCADE;
DROP FUNCTION telemetry_make_partition(text, date);
"""


class Migration(Grouped):
    dependencies = [
        ("telemetry", "0001_initial"),
        ("ledger", "0002_guards"),
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLES, REVERSE)],
            state_operations=[
                migrations.CreateModel(
                    name='Measurement',
                    fields=[
                        ('pk', models.CompositePrimaryKey('series_id', 'window_end', 'revision', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('window_end', models.DateTimeField()),
                        ('revision', models.IntegerField(default=0)),
                        ('value', models.FloatField(null=True)),
                        ('n', models.IntegerField(null=True)),
                        ('low', models.FloatField(null=True)),
                        ('high', models.FloatField(null=True)),
                        ('good', models.BooleanField()),
                        ('received_at', models.DateTimeField()),
                        ('batch_id', models.UUIDField()),
                        ('series', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.series')),
                    ],
                    options={
                        'db_table': 'telemetry_measurement',
                    },
                ),
                migrations.CreateModel(
                    name='DecisionEvent',
                    fields=[
                        ('pk', models.CompositePrimaryKey('system_id', 'at', 'event_id', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('at', models.DateTimeField()),
                        ('event_id', models.CharField(max_length=80)),
                        ('environment', models.CharField(max_length=30)),
                        ('version_label', models.CharField(max_length=60)),
                        ('segment', models.JSONField(default=dict)),
                        ('answer', models.TextField(null=True)),
                        ('truth', models.TextField(null=True)),
                        ('confidence', models.FloatField(null=True)),
                        ('overridden', models.BooleanField(null=True)),
                        ('latency_ms', models.FloatField(null=True)),
                        ('cost', models.FloatField(null=True)),
                        ('topic', models.TextField(blank=True)),
                        ('outcome', models.CharField(blank=True, max_length=10)),
                        ('tool_calls', models.JSONField(default=list)),
                        ('blocked', models.BooleanField(default=False)),
                        ('boundary_violation', models.BooleanField(default=False)),
                        ('spend', models.FloatField(null=True)),
                        ('feedback', models.CharField(blank=True, max_length=6)),
                        ('escalated', models.BooleanField(default=False)),
                        ('grounded', models.BooleanField(null=True)),
                        ('simulated', models.BooleanField(default=False)),
                        ('received_at', models.DateTimeField()),
                        ('batch_id', models.UUIDField()),
                        ('system', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'db_table': 'telemetry_decision_event',
                    },
                ),
            ],
        ),
        append_only("telemetry_measurement"),
        append_only("telemetry_decision_event"),
    ]
