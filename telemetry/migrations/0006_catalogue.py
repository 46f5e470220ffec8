"""The catalogue whole: cadence, owner role and bands of each KPI, an organisation's own KPIs with
their definitions, templates by kind of system, scorecards."""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, watch

# What was decided stays as it was decided; a definition in force may only give way to the next.
FIXED = """
CREATE FUNCTION telemetry_guard_definition() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'draft' THEN RETURN NEW; END IF;
  IF OLD.state = 'active' AND NEW.state = 'superseded'
     AND to_jsonb(OLD) - 'state' = to_jsonb(NEW) - 'state' THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'definition % of % is decided: % is refused', OLD.number, OLD.key, TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'definition_as_decided', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER definition_as_decided BEFORE UPDATE ON telemetry_kpidefinition
  FOR EACH ROW EXECUTE FUNCTION telemetry_guard_definition();
ALTER TABLE telemetry_kpidefinition ENABLE ALWAYS TRIGGER definition_as_decided;
"""
FREE = """
DROP TRIGGER definition_as_decided ON telemetry_kpidefinition;
DROP FUNCTION telemetry_guard_definition();
"""


class Migration(Grouped):
    dependencies = [
        ("telemetry", "0005_drop_partition"),
        ("registry", "0016_concerns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
            migrations.CreateModel(
                name='HistoricalKpiDefinition',
                fields=[
                    ('history_request_id', models.CharField(blank=True, max_length=64)),
                    ('history_channel', models.CharField(blank=True, max_length=16)),
                    ('history_actor', models.TextField(blank=True)),
                    ('name', models.CharField(max_length=120)),
                    ('category', models.CharField(choices=[('technical', 'Technical'), ('business', 'Business'), ('trust_compliance', 'Trust and compliance'), ('operational', 'Operational'), ('generative', 'Generative'), ('agentic', 'Agentic'), ('support', 'Support'), ('sales', 'Sales')], max_length=20)),
                    ('unit', models.CharField(max_length=40)),
                    ('better', models.CharField(max_length=16)),
                    ('formula', models.TextField()),
                    ('window', models.CharField(max_length=160)),
                    ('timing', models.CharField(max_length=8)),
                    ('cadence_seconds', models.IntegerField(default=604800)),
                    ('owner_role', models.CharField(default='owner', max_length=16)),
                    ('perspective', models.CharField(choices=[('speed', 'Speed'), ('quality', 'Quality'), ('cost', 'Cost'), ('risk', 'Risk'), ('adoption', 'Adoption')], default='quality', max_length=8)),
                    ('counter_metric_note', models.CharField(blank=True, max_length=200)),
                    ('explanation', models.TextField(blank=True)),
                    ('lowest', models.FloatField(null=True)),
                    ('highest', models.FloatField(null=True)),
                    ('neutral', models.FloatField(null=True)),
                    ('bands', models.JSONField(default=list)),
                    ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                    ('key', models.SlugField(max_length=60)),
                    ('number', models.IntegerField()),
                    ('state', models.CharField(choices=[('draft', 'waits for approval'), ('active', 'in force'), ('superseded', 'replaced'), ('declined', 'declined')], default='draft', max_length=10)),
                    ('reason', models.TextField(blank=True)),
                    ('drafted_at', models.DateTimeField()),
                    ('decided_at', models.DateTimeField(null=True)),
                    ('note', models.TextField(blank=True)),
                    ('history_user_id', models.UUIDField(null=True)),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField(db_index=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ],
                options={
                    'verbose_name': 'historical kpi definition',
                    'verbose_name_plural': 'historical kpi definitions',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ),
            migrations.CreateModel(
                name='HistoricalScorecard',
                fields=[
                    ('history_request_id', models.CharField(blank=True, max_length=64)),
                    ('history_channel', models.CharField(blank=True, max_length=16)),
                    ('history_actor', models.TextField(blank=True)),
                    ('version', models.IntegerField(default=1)),
                    ('changed_at', models.DateTimeField()),
                    ('history_user_id', models.UUIDField(null=True)),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField(db_index=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ],
                options={
                    'verbose_name': 'historical scorecard',
                    'verbose_name_plural': 'historical scorecards',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ),
            migrations.CreateModel(
                name='HistoricalScorecardLine',
                fields=[
                    ('history_request_id', models.CharField(blank=True, max_length=64)),
                    ('history_channel', models.CharField(blank=True, max_length=16)),
                    ('history_actor', models.TextField(blank=True)),
                    ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                    ('perspective', models.CharField(choices=[('speed', 'Speed'), ('quality', 'Quality'), ('cost', 'Cost'), ('risk', 'Risk'), ('adoption', 'Adoption')], max_length=8)),
                    ('on_breach', models.CharField(max_length=200)),
                    ('target', models.FloatField(null=True)),
                    ('position', models.IntegerField()),
                    ('from_at', models.DateTimeField()),
                    ('until_at', models.DateTimeField(null=True)),
                    ('history_user_id', models.UUIDField(null=True)),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField(db_index=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ],
                options={
                    'verbose_name': 'historical scorecard line',
                    'verbose_name_plural': 'historical scorecard lines',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ),
            migrations.CreateModel(
                name='KpiDefinition',
                fields=[
                    ('name', models.CharField(max_length=120)),
                    ('category', models.CharField(choices=[('technical', 'Technical'), ('business', 'Business'), ('trust_compliance', 'Trust and compliance'), ('operational', 'Operational'), ('generative', 'Generative'), ('agentic', 'Agentic'), ('support', 'Support'), ('sales', 'Sales')], max_length=20)),
                    ('unit', models.CharField(max_length=40)),
                    ('better', models.CharField(max_length=16)),
                    ('formula', models.TextField()),
                    ('window', models.CharField(max_length=160)),
                    ('timing', models.CharField(max_length=8)),
                    ('cadence_seconds', models.IntegerField(default=604800)),
                    ('owner_role', models.CharField(default='owner', max_length=16)),
                    ('perspective', models.CharField(choices=[('speed', 'Speed'), ('quality', 'Quality'), ('cost', 'Cost'), ('risk', 'Risk'), ('adoption', 'Adoption')], default='quality', max_length=8)),
                    ('counter_metric_note', models.CharField(blank=True, max_length=200)),
                    ('explanation', models.TextField(blank=True)),
                    ('lowest', models.FloatField(null=True)),
                    ('highest', models.FloatField(null=True)),
                    ('neutral', models.FloatField(null=True)),
                    ('bands', models.JSONField(default=list)),
                    ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                    ('key', models.SlugField(max_length=60)),
                    ('number', models.IntegerField()),
                    ('state', models.CharField(choices=[('draft', 'waits for approval'), ('active', 'in force'), ('superseded', 'replaced'), ('declined', 'declined')], default='draft', max_length=10)),
                    ('reason', models.TextField(blank=True)),
                    ('drafted_at', models.DateTimeField()),
                    ('decided_at', models.DateTimeField(null=True)),
                    ('note', models.TextField(blank=True)),
                ],
            ),
            migrations.CreateModel(
                name='KpiTemplate',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('kind', models.CharField(choices=[('predictive', 'Predictive model'), ('assistant', 'Generative model or assistant'), ('agent', 'Agent'), ('multi_agent', 'Several agents'), ('record', 'The record itself')], max_length=12)),
                    ('perspective', models.CharField(choices=[('speed', 'Speed'), ('quality', 'Quality'), ('cost', 'Cost'), ('risk', 'Risk'), ('adoption', 'Adoption')], max_length=8)),
                    ('why', models.CharField(max_length=200)),
                    ('on_breach', models.CharField(max_length=200)),
                    ('position', models.IntegerField()),
                    ('in_use', models.BooleanField(default=True)),
                    ('release', models.CharField(max_length=40)),
                ],
                options={
                    'ordering': ['kind', 'position'],
                },
            ),
            migrations.CreateModel(
                name='Scorecard',
                fields=[
                    ('system', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='scorecard', serialize=False, to='registry.system')),
                    ('version', models.IntegerField(default=1)),
                    ('changed_at', models.DateTimeField()),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='ScorecardLine',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                    ('perspective', models.CharField(choices=[('speed', 'Speed'), ('quality', 'Quality'), ('cost', 'Cost'), ('risk', 'Risk'), ('adoption', 'Adoption')], max_length=8)),
                    ('on_breach', models.CharField(max_length=200)),
                    ('target', models.FloatField(null=True)),
                    ('position', models.IntegerField()),
                    ('from_at', models.DateTimeField()),
                    ('until_at', models.DateTimeField(null=True)),
                ],
                options={
                    'ordering': ['position', 'kpi_id'],
                },
            ),
            migrations.AddField(
                model_name='kpi',
                name='approved_at',
                field=models.DateTimeField(null=True),
            ),
            migrations.AddField(
                model_name='kpi',
                name='approved_by',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='kpi',
                name='author',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='kpi',
                name='bands',
                field=models.JSONField(default=list),
            ),
            migrations.AddField(
                model_name='kpi',
                name='cadence_seconds',
                field=models.IntegerField(default=604800),
            ),
            migrations.AddField(
                model_name='kpi',
                name='definition_number',
                field=models.IntegerField(default=1),
            ),
            migrations.AddField(
                model_name='kpi',
                name='of_unit',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.unit'),
            ),
            migrations.AddField(
                model_name='kpi',
                name='own',
                field=models.BooleanField(default=False),
            ),
            migrations.AddField(
                model_name='kpi',
                name='owner_role',
                field=models.CharField(default='owner', max_length=16),
            ),
            migrations.AddField(
                model_name='kpi',
                name='perspective',
                field=models.CharField(choices=[('speed', 'Speed'), ('quality', 'Quality'), ('cost', 'Cost'), ('risk', 'Risk'), ('adoption', 'Adoption')], default='quality', max_length=8),
            ),
            migrations.AddConstraint(
                model_name='kpi',
                constraint=models.CheckConstraint(condition=models.Q(('own', False), models.Q(('approved_by__isnull', False), ('author__isnull', False), ('of_unit__isnull', False)), _connector='OR'), name='own_kpi_was_approved'),
            ),
            migrations.AddField(
                model_name='historicalkpidefinition',
                name='author',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='historicalkpidefinition',
                name='counter_metric',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.kpi'),
            ),
            migrations.AddField(
                model_name='historicalkpidefinition',
                name='decided_by',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='historicalkpidefinition',
                name='of_unit',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.unit'),
            ),
            migrations.AddField(
                model_name='historicalscorecard',
                name='changed_by',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='historicalscorecard',
                name='system',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system'),
            ),
            migrations.AddField(
                model_name='historicalscorecardline',
                name='kpi',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.kpi'),
            ),
            migrations.AddField(
                model_name='historicalscorecardline',
                name='owner',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='historicalscorecardline',
                name='system',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system'),
            ),
            migrations.AddField(
                model_name='kpidefinition',
                name='author',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='kpidefinition',
                name='counter_metric',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.kpi'),
            ),
            migrations.AddField(
                model_name='kpidefinition',
                name='decided_by',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='kpidefinition',
                name='of_unit',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.unit'),
            ),
            migrations.AddField(
                model_name='kpitemplate',
                name='kpi',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.kpi'),
            ),
            migrations.AddField(
                model_name='scorecard',
                name='changed_by',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='scorecardline',
                name='kpi',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.kpi'),
            ),
            migrations.AddField(
                model_name='scorecardline',
                name='owner',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='scorecardline',
                name='system',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scorecard_lines', to='registry.system'),
            ),
            migrations.AddConstraint(
                model_name='kpidefinition',
                constraint=models.UniqueConstraint(fields=('key', 'number'), name='kpi_definition'),
            ),
            migrations.AddConstraint(
                model_name='kpidefinition',
                constraint=models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('key',), name='one_active_kpi_definition'),
            ),
            migrations.AddConstraint(
                model_name='kpidefinition',
                constraint=models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('key',), name='one_draft_kpi_definition'),
            ),
            migrations.AddConstraint(
                model_name='kpidefinition',
                constraint=models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('state', 'active'), _negated=True), models.Q(('decided_by', models.F('author')), _negated=True), _connector='OR'), name='kpi_approved_by_another'),
            ),
            migrations.AddConstraint(
                model_name='kpitemplate',
                constraint=models.UniqueConstraint(fields=('kind', 'kpi'), name='template_of_a_kind'),
            ),
            migrations.AddConstraint(
                model_name='scorecardline',
                constraint=models.UniqueConstraint(condition=models.Q(('until_at__isnull', True)), fields=('system', 'kpi'), name='kpi_once_on_a_scorecard'),
            ),
            migrations.AddConstraint(
                model_name='scorecardline',
                constraint=models.CheckConstraint(condition=models.Q(('on_breach', ''), _negated=True), name='scorecard_line_says_what_is_done'),
            ),
            ]
        ),
        migrations.RunSQL(FIXED, FREE),
        watch("telemetry_kpidefinition"),
        watch("telemetry_kpitemplate"),
        watch("telemetry_scorecard", key="system_id"),
        watch("telemetry_scorecardline"),
    ]
