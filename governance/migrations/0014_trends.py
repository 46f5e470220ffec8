"""Trend rules, error budgets, guardrail pairs; a version of any is immutable once in force."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, watch

GUARD = """
CREATE FUNCTION governance_guard_agreed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'draft' AND TG_OP = 'UPDATE' THEN RETURN NEW; END IF;
  IF TG_OP = 'UPDATE' AND OLD.state = 'active' AND NEW.state = 'superseded'
     AND to_jsonb(OLD) - 'state' = to_jsonb(NEW) - 'state' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'version % of % has been in force: % is refused', OLD.number, TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'agreed_version_immutable',
      TABLE = TG_TABLE_NAME;
END $$;
"""
AGREED = ("governance_trendrule", "governance_errorbudget", "governance_guardrailpair")
TRIGGER = """
CREATE TRIGGER agreed_version_immutable BEFORE UPDATE OR DELETE ON {0}
  FOR EACH ROW EXECUTE FUNCTION governance_guard_agreed();
ALTER TABLE {0} ENABLE ALWAYS TRIGGER agreed_version_immutable;
"""
BACK = "DROP TRIGGER agreed_version_immutable ON {0};"


class Migration(Grouped):

    dependencies = [
        ("governance", "0013_notice_cases"),
        ("registry", "0016_concerns"),
        ("telemetry", "0005_drop_partition"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='MeasuredStanding',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('kind', models.CharField(choices=[('trend', 'Trend'), ('budget', 'Error budget'), ('pair', 'Guardrail')], max_length=6)),
                        ('state', models.CharField(choices=[('OK', 'Ok'), ('WARNING', 'Warning'), ('CRITICAL', 'Critical'), ('NO_DATA', 'No Data')], default='NO_DATA', max_length=8)),
                        ('why', models.CharField(blank=True, max_length=200)),
                        ('since', models.DateTimeField()),
                        ('gain', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.kpi')),
                        ('series', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='measured_standings', to='telemetry.series')),
                    ],
                ),
                migrations.CreateModel(
                    name='HistoricalErrorBudget',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('number', models.IntegerField()),
                        ('enabled', models.BooleanField(default=True)),
                        ('reason', models.TextField(blank=True)),
                        ('created_at', models.DateTimeField()),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('superseded', 'Superseded')], default='draft', max_length=10)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('segment', models.CharField(blank=True, max_length=120)),
                        ('objective', models.FloatField()),
                        ('failure_limit', models.FloatField(null=True)),
                        ('period_days', models.IntegerField(default=30)),
                        ('pairs', models.JSONField(default=list)),
                        ('warning_spent', models.FloatField()),
                        ('critical_spent', models.FloatField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('approved_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('author', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('kpi', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.kpi')),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical error budget',
                        'verbose_name_plural': 'historical error budgets',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalGuardrailPair',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('number', models.IntegerField()),
                        ('enabled', models.BooleanField(default=True)),
                        ('reason', models.TextField(blank=True)),
                        ('created_at', models.DateTimeField()),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('superseded', 'Superseded')], default='draft', max_length=10)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('segment', models.CharField(blank=True, max_length=120)),
                        ('mode', models.CharField(choices=[('points', "points of the guardrail's unit"), ('share', 'a share of what it was before')], default='points', max_length=6)),
                        ('warning', models.FloatField()),
                        ('critical', models.FloatField(null=True)),
                        ('window_seconds', models.IntegerField(default=604800)),
                        ('reference_windows', models.IntegerField(default=6)),
                        ('fires_k', models.IntegerField(default=2)),
                        ('fires_n', models.IntegerField(default=3)),
                        ('least_n', models.IntegerField(default=0)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('approved_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('author', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('gain', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.kpi')),
                        ('guardrail', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.kpi')),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical guardrail pair',
                        'verbose_name_plural': 'historical guardrail pairs',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalMeasuredStanding',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.BigIntegerField(blank=True, db_index=True)),
                        ('kind', models.CharField(choices=[('trend', 'Trend'), ('budget', 'Error budget'), ('pair', 'Guardrail')], max_length=6)),
                        ('state', models.CharField(choices=[('OK', 'Ok'), ('WARNING', 'Warning'), ('CRITICAL', 'Critical'), ('NO_DATA', 'No Data')], default='NO_DATA', max_length=8)),
                        ('why', models.CharField(blank=True, max_length=200)),
                        ('since', models.DateTimeField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('gain', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.kpi')),
                        ('series', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.series')),
                    ],
                    options={
                        'verbose_name': 'historical measured standing',
                        'verbose_name_plural': 'historical measured standings',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalTrendRule',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('number', models.IntegerField()),
                        ('enabled', models.BooleanField(default=True)),
                        ('reason', models.TextField(blank=True)),
                        ('created_at', models.DateTimeField()),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('superseded', 'Superseded')], default='draft', max_length=10)),
                        ('method', models.CharField(choices=[('slope', 'Slope: the forecast reaches the warning limit'), ('ewma', 'EWMA: the smoothed value leaves its control limits'), ('cusum', 'CUSUM: small departures add up past their limit')], default='slope', max_length=5)),
                        ('horizon_seconds', models.IntegerField()),
                        ('least_windows', models.IntegerField(default=8)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('approved_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('author', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('threshold', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='governance.threshold')),
                    ],
                    options={
                        'verbose_name': 'historical trend rule',
                        'verbose_name_plural': 'historical trend rules',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='MeasuredLook',
                    fields=[
                        ('standing', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='look', serialize=False, to='governance.measuredstanding')),
                        ('judged_at', models.DateTimeField()),
                        ('judged_by', models.CharField(blank=True, max_length=120)),
                        ('window_end', models.DateTimeField(null=True)),
                        ('stored', models.IntegerField(default=0)),
                        ('stored_gain', models.IntegerField(default=0)),
                        ('figures', models.JSONField(default=dict)),
                        ('fired', models.JSONField(default=list)),
                    ],
                ),
                migrations.CreateModel(
                    name='TrendRule',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('number', models.IntegerField()),
                        ('enabled', models.BooleanField(default=True)),
                        ('reason', models.TextField(blank=True)),
                        ('created_at', models.DateTimeField()),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('superseded', 'Superseded')], default='draft', max_length=10)),
                        ('method', models.CharField(choices=[('slope', 'Slope: the forecast reaches the warning limit'), ('ewma', 'EWMA: the smoothed value leaves its control limits'), ('cusum', 'CUSUM: small departures add up past their limit')], default='slope', max_length=5)),
                        ('horizon_seconds', models.IntegerField()),
                        ('least_windows', models.IntegerField(default=8)),
                        ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('threshold', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trend_rules', to='governance.threshold')),
                    ],
                ),
                migrations.CreateModel(
                    name='ErrorBudget',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('number', models.IntegerField()),
                        ('enabled', models.BooleanField(default=True)),
                        ('reason', models.TextField(blank=True)),
                        ('created_at', models.DateTimeField()),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('superseded', 'Superseded')], default='draft', max_length=10)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('segment', models.CharField(blank=True, max_length=120)),
                        ('objective', models.FloatField()),
                        ('failure_limit', models.FloatField(null=True)),
                        ('period_days', models.IntegerField(default=30)),
                        ('pairs', models.JSONField(default=list)),
                        ('warning_spent', models.FloatField()),
                        ('critical_spent', models.FloatField()),
                        ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('kpi', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.kpi')),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='error_budgets', to='registry.system')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('system', 'kpi', 'environment', 'segment', 'number'), name='error_budget_version'), models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('system', 'kpi', 'environment', 'segment'), name='one_active_error_budget'), models.CheckConstraint(condition=models.Q(('objective__gt', 0), ('objective__lt', 1)), name='error_budget_allows_some'), models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('author')), _negated=True), _connector='OR'), name='error_budget_by_two_persons')],
                    },
                ),
                migrations.CreateModel(
                    name='GuardrailPair',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('number', models.IntegerField()),
                        ('enabled', models.BooleanField(default=True)),
                        ('reason', models.TextField(blank=True)),
                        ('created_at', models.DateTimeField()),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('superseded', 'Superseded')], default='draft', max_length=10)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('segment', models.CharField(blank=True, max_length=120)),
                        ('mode', models.CharField(choices=[('points', "points of the guardrail's unit"), ('share', 'a share of what it was before')], default='points', max_length=6)),
                        ('warning', models.FloatField()),
                        ('critical', models.FloatField(null=True)),
                        ('window_seconds', models.IntegerField(default=604800)),
                        ('reference_windows', models.IntegerField(default=6)),
                        ('fires_k', models.IntegerField(default=2)),
                        ('fires_n', models.IntegerField(default=3)),
                        ('least_n', models.IntegerField(default=0)),
                        ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('gain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.kpi')),
                        ('guardrail', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.kpi')),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guardrail_pairs', to='registry.system')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('system', 'gain', 'guardrail', 'environment', 'segment', 'number'), name='guardrail_pair_version'), models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('system', 'gain', 'guardrail', 'environment', 'segment'), name='one_active_guardrail_pair'), models.CheckConstraint(condition=models.Q(('gain', models.F('guardrail')), _negated=True), name='guardrail_is_another'), models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('author')), _negated=True), _connector='OR'), name='guardrail_pair_by_two_persons')],
                    },
                ),
                migrations.AddConstraint(
                    model_name='measuredstanding',
                    constraint=models.UniqueConstraint(fields=('kind', 'series', 'gain'), name='measured_standing_once', nulls_distinct=False),
                ),
                migrations.AddConstraint(
                    model_name='trendrule',
                    constraint=models.UniqueConstraint(fields=('threshold', 'number'), name='trend_rule_version'),
                ),
                migrations.AddConstraint(
                    model_name='trendrule',
                    constraint=models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('threshold',), name='one_active_trend_rule'),
                ),
                migrations.AddConstraint(
                    model_name='trendrule',
                    constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('author')), _negated=True), _connector='OR'), name='trend_rule_by_two_persons'),
                ),
            ]
        ),
        watch("governance_trendrule"),
        watch("governance_errorbudget"),
        watch("governance_guardrailpair"),
        watch("governance_measuredstanding"),
        migrations.RunSQL(GUARD, "DROP FUNCTION governance_guard_agreed();"),
        *(migrations.RunSQL(TRIGGER.format(one), BACK.format(one)) for one in AGREED),
    ]
