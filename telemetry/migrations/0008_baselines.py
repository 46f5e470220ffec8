"""Baselines, planned pauses, histograms."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch

GUARD = """
CREATE FUNCTION telemetry_guard_baseline() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  ends text[] := ARRAY['state', 'ended_at', 'ended_by_id', 'ended_reason'];
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.state = 'draft' OR (OLD.state = 'approved'
     AND NEW.state IN ('superseded', 'withdrawn') AND to_jsonb(OLD) - ends = to_jsonb(NEW) - ends))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'baseline % has been agreed: % is refused', OLD.number, TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'baseline_immutable', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER baseline_immutable BEFORE UPDATE OR DELETE ON telemetry_baseline
  FOR EACH ROW EXECUTE FUNCTION telemetry_guard_baseline();
ALTER TABLE telemetry_baseline ENABLE ALWAYS TRIGGER baseline_immutable;
"""
BACK = """
DROP TRIGGER baseline_immutable ON telemetry_baseline;
DROP FUNCTION telemetry_guard_baseline();
"""


class Migration(Grouped):
    dependencies = [
        ("telemetry", "0007_events"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='HistoricalBaseline',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('segment', models.CharField(blank=True, max_length=120)),
                        ('number', models.IntegerField()),
                        ('method', models.CharField(choices=[('own_past', 'The same series, before'), ('control_group', 'A group that was left as it was'), ('last_season', 'The same season last year')], default='own_past', max_length=14)),
                        ('since_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('staffing', models.TextField(blank=True)),
                        ('freezes', models.TextField(blank=True)),
                        ('incidents', models.TextField(blank=True)),
                        ('notes', models.TextField(blank=True)),
                        ('value', models.FloatField()),
                        ('n', models.IntegerField()),
                        ('samples', models.BigIntegerField(null=True)),
                        ('spread', models.FloatField(null=True)),
                        ('low', models.FloatField(null=True)),
                        ('high', models.FloatField(null=True)),
                        ('comparison_value', models.FloatField(null=True)),
                        ('excluded', models.IntegerField(default=0)),
                        ('readings_sha256', models.CharField(max_length=64)),
                        ('warnings', models.JSONField(default=list)),
                        ('drafted_at', models.DateTimeField()),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('set_up', models.BooleanField(default=False)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('ended_reason', models.TextField(blank=True)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('approved', 'Approved'), ('superseded', 'Superseded'), ('withdrawn', 'Withdrawn')], default='draft', max_length=10)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('approved_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('author', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('comparison', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.series')),
                        ('ended_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('kpi', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.kpi')),
                        ('series', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.series')),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical baseline',
                        'verbose_name_plural': 'historical baselines',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalPause',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('reason', models.TextField()),
                        ('set_at', models.DateTimeField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('set_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical pause',
                        'verbose_name_plural': 'historical pauses',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='Baseline',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('segment', models.CharField(blank=True, max_length=120)),
                        ('number', models.IntegerField()),
                        ('method', models.CharField(choices=[('own_past', 'The same series, before'), ('control_group', 'A group that was left as it was'), ('last_season', 'The same season last year')], default='own_past', max_length=14)),
                        ('since_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('staffing', models.TextField(blank=True)),
                        ('freezes', models.TextField(blank=True)),
                        ('incidents', models.TextField(blank=True)),
                        ('notes', models.TextField(blank=True)),
                        ('value', models.FloatField()),
                        ('n', models.IntegerField()),
                        ('samples', models.BigIntegerField(null=True)),
                        ('spread', models.FloatField(null=True)),
                        ('low', models.FloatField(null=True)),
                        ('high', models.FloatField(null=True)),
                        ('comparison_value', models.FloatField(null=True)),
                        ('excluded', models.IntegerField(default=0)),
                        ('readings_sha256', models.CharField(max_length=64)),
                        ('warnings', models.JSONField(default=list)),
                        ('drafted_at', models.DateTimeField()),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('set_up', models.BooleanField(default=False)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('ended_reason', models.TextField(blank=True)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('approved', 'Approved'), ('superseded', 'Superseded'), ('withdrawn', 'Withdrawn')], default='draft', max_length=10)),
                        ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('comparison', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.series')),
                        ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('kpi', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.kpi')),
                        ('series', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='baselines', to='telemetry.series')),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='baselines', to='registry.system')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('system', 'kpi', 'environment', 'segment', 'number'), name='baseline_number'), models.UniqueConstraint(condition=models.Q(('state', 'approved')), fields=('system', 'kpi', 'environment', 'segment'), name='one_approved_baseline'), models.CheckConstraint(condition=models.Q(('set_up', True), ('approved_by__isnull', True), models.Q(('approved_by', models.F('author')), _negated=True), _connector='OR'), name='baseline_approved_by_another'), models.CheckConstraint(condition=models.Q(('since_at__lt', models.F('until_at'))), name='baseline_has_a_window')],
                    },
                ),
                migrations.CreateModel(
                    name='Histogram',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('feature', models.CharField(max_length=60)),
                        ('is_reference', models.BooleanField(default=False)),
                        ('window_seconds', models.IntegerField()),
                        ('window_end', models.DateTimeField()),
                        ('edges', models.JSONField(null=True)),
                        ('labels', models.JSONField(null=True)),
                        ('counts', models.JSONField()),
                        ('total', models.BigIntegerField()),
                        ('sha256', models.CharField(max_length=64)),
                        ('sender_id', models.CharField(max_length=80)),
                        ('received_at', models.DateTimeField()),
                        ('reference', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='compared', to='telemetry.histogram')),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='histograms', to='registry.system')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('system', 'environment', 'feature', 'is_reference', 'window_seconds', 'window_end'), name='histogram_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Pause',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('reason', models.TextField()),
                        ('set_at', models.DateTimeField()),
                        ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pauses', to='registry.system')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['system', 'until_at'], name='pause_by_system')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('from_at__lt', models.F('until_at'))), name='pause_ends')],
                    },
                ),
            ]
        ),
        migrations.RunSQL(GUARD, BACK),
        watch("telemetry_baseline"),
        watch("telemetry_pause"),
        append_only("telemetry_histogram"),
        watch("telemetry_histogram"),
    ]
