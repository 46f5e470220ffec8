"""Voided readings, series that are retired, canary sets."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch

GUARD = """
CREATE FUNCTION telemetry_guard_canary_set() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.state = 'draft' OR (OLD.state = 'active'
     AND NEW.state = 'superseded' AND to_jsonb(OLD) - 'state' = to_jsonb(NEW) - 'state')) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'canary set % has been in force: % is refused', OLD.number, TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'canary_set_immutable', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER canary_set_immutable BEFORE UPDATE OR DELETE ON telemetry_canaryset
  FOR EACH ROW EXECUTE FUNCTION telemetry_guard_canary_set();
ALTER TABLE telemetry_canaryset ENABLE ALWAYS TRIGGER canary_set_immutable;

CREATE FUNCTION telemetry_guard_void_request() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  decision text[] := ARRAY['state', 'decided_by_id', 'decided_at', 'decided_reason'];
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = 'asked'
     AND to_jsonb(OLD) - decision = to_jsonb(NEW) - decision THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what was asked to be voided stands as it was asked: % is refused', TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'void_immutable', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER void_immutable BEFORE UPDATE OR DELETE ON telemetry_voidrequest
  FOR EACH ROW EXECUTE FUNCTION telemetry_guard_void_request();
ALTER TABLE telemetry_voidrequest ENABLE ALWAYS TRIGGER void_immutable;
"""
REVERSE = """
DROP TRIGGER canary_set_immutable ON telemetry_canaryset;
DROP FUNCTION telemetry_guard_canary_set();
DROP TRIGGER void_immutable ON telemetry_voidrequest;
DROP FUNCTION telemetry_guard_void_request();
"""


class Migration(Grouped):
    dependencies = [
        ("telemetry", "0008_baselines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='VoidRequest',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('series', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='void_requests', to='telemetry.series')),
                        ('since', models.DateTimeField()),
                        ('until', models.DateTimeField()),
                        ('reason', models.TextField()),
                        ('state', models.CharField(choices=[('asked', 'Asked'), ('confirmed', 'Confirmed'), ('refused', 'Refused')], default='asked', max_length=9)),
                        ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('asked_at', models.DateTimeField()),
                        ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('decided_at', models.DateTimeField(null=True)),
                        ('decided_reason', models.TextField(blank=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['series', '-asked_at'], name='void_by_series')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('until__gte', models.F('since'))), name='void_span'), models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='void_decided_by_another')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalVoidRequest',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('since', models.DateTimeField()),
                        ('until', models.DateTimeField()),
                        ('reason', models.TextField()),
                        ('state', models.CharField(choices=[('asked', 'Asked'), ('confirmed', 'Confirmed'), ('refused', 'Refused')], default='asked', max_length=9)),
                        ('asked_at', models.DateTimeField()),
                        ('decided_at', models.DateTimeField(null=True)),
                        ('decided_reason', models.TextField(blank=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('series', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.series')),
                        ('asked_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('decided_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ],
                    options={
                        'verbose_name': 'historical void request',
                        'verbose_name_plural': 'historical void requests',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='VoidedReading',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('series', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.series')),
                        ('window_end', models.DateTimeField()),
                        ('revision', models.IntegerField()),
                        ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='telemetry.voidrequest')),
                        ('voided_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('series', 'window_end', 'revision'), name='voided_once')],
                    },
                ),
                migrations.CreateModel(
                    name='SeriesRetirement',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('series', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='retirement', to='telemetry.series')),
                        ('reason', models.TextField()),
                        ('retired_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('at', models.DateTimeField()),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='CanarySet',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='canary_sets', to='registry.system')),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('number', models.IntegerField()),
                        ('items', models.JSONField(default=list)),
                        ('reason', models.TextField(blank=True)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('superseded', 'Superseded')], default='draft', max_length=10)),
                        ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('created_at', models.DateTimeField()),
                        ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('approved_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('system', 'environment', 'number'), name='canary_version'), models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('system', 'environment'), name='one_active_canary_set'), models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('author')), _negated=True), _connector='OR'), name='canary_approved_by_another')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalCanarySet',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('number', models.IntegerField()),
                        ('items', models.JSONField(default=list)),
                        ('reason', models.TextField(blank=True)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('superseded', 'Superseded')], default='draft', max_length=10)),
                        ('created_at', models.DateTimeField()),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                        ('author', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('approved_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ],
                    options={
                        'verbose_name': 'historical canary set',
                        'verbose_name_plural': 'historical canary sets',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='CanaryRun',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('canary_set', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='telemetry.canaryset')),
                        ('window_end', models.DateTimeField()),
                        ('source', models.CharField(max_length=8)),
                        ('asked', models.IntegerField()),
                        ('agreed', models.IntegerField()),
                        ('answers', models.JSONField(default=list)),
                        ('recorded_at', models.DateTimeField()),
                    ],
                    options={
                        'ordering': ['-window_end'],
                        'constraints': [models.UniqueConstraint(fields=('canary_set', 'window_end'), name='canary_run_once')],
                    },
                ),
            ]
        ),
        watch("telemetry_voidrequest"),
        append_only("telemetry_voidedreading"),
        watch("telemetry_voidedreading"),
        append_only("telemetry_seriesretirement"),
        watch("telemetry_seriesretirement"),
        watch("telemetry_canaryset"),
        append_only("telemetry_canaryrun"),
        watch("telemetry_canaryrun"),
        migrations.RunSQL(GUARD, REVERSE),
    ]
