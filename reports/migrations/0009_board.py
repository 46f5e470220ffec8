"""Consequence factors and board reports: watched; an issued report never changes."""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import Grouped, watch

# An issued report changes for nobody: another edition takes its place.
FREEZE = """
CREATE TRIGGER reports_report_issued BEFORE UPDATE OR DELETE ON reports_report
  FOR EACH ROW WHEN (OLD.state = 'issued') EXECUTE FUNCTION countersign_refuse_change();
ALTER TABLE reports_report ENABLE ALWAYS TRIGGER reports_report_issued;
"""
THAW = "DROP TRIGGER reports_report_issued ON reports_report;"


class Migration(Grouped):
    dependencies = [
        ("registry", "0019_frameworks"),
        ("reports", "0008_pack_kinds"),
        ("telemetry", "0014_answers_more"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalConsequenceFactor',
            fields=[
                ('history_request_id', models.CharField(blank=True, max_length=64)),
                ('history_channel', models.CharField(blank=True, max_length=16)),
                ('history_actor', models.TextField(blank=True)),
                ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                ('version', models.IntegerField()),
                ('measures', models.CharField(choices=[('people', 'People'), ('money', 'Money'), ('hours', 'Hours')], max_length=6)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=18)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('direction', models.CharField(choices=[('rise', 'lost when it rises'), ('fall', 'lost when it falls')], max_length=4)),
                ('words', models.TextField()),
                ('source', models.CharField(max_length=500)),
                ('source_words', models.TextField()),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(null=True)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('in_force', 'In force'), ('replaced', 'Replaced'), ('withdrawn', 'Withdrawn')], default='draft', max_length=9)),
                ('drafted_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_reason', models.TextField(blank=True)),
                ('history_user_id', models.UUIDField(null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('approved_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('author', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('kpi', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.kpi')),
                ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                ('unit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.unit')),
            ],
            options={
                'verbose_name': 'historical consequence factor',
                'verbose_name_plural': 'historical consequence factors',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalReport',
            fields=[
                ('history_request_id', models.CharField(blank=True, max_length=64)),
                ('history_channel', models.CharField(blank=True, max_length=16)),
                ('history_actor', models.TextField(blank=True)),
                ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                ('number', models.CharField(db_index=True, max_length=20)),
                ('kind', models.CharField(choices=[('board', 'Board report'), ('review', 'Performance review')], max_length=6)),
                ('year', models.IntegerField()),
                ('quarter', models.IntegerField()),
                ('edition', models.IntegerField(default=1)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('issued', 'Issued'), ('withdrawn', 'Withdrawn')], default='draft', max_length=9)),
                ('begun_at', models.DateTimeField()),
                ('drawn_at', models.DateTimeField()),
                ('narrative', models.JSONField(default=dict)),
                ('version', models.IntegerField(default=1)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('issued_at', models.DateTimeField(null=True)),
                ('history_user_id', models.UUIDField(null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('author', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issued_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signature', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.signature')),
                ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                ('unit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.unit')),
            ],
            options={
                'verbose_name': 'historical report',
                'verbose_name_plural': 'historical reports',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='ConsequenceFactor',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('version', models.IntegerField()),
                ('measures', models.CharField(choices=[('people', 'People'), ('money', 'Money'), ('hours', 'Hours')], max_length=6)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=18)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('direction', models.CharField(choices=[('rise', 'lost when it rises'), ('fall', 'lost when it falls')], max_length=4)),
                ('words', models.TextField()),
                ('source', models.CharField(max_length=500)),
                ('source_words', models.TextField()),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(null=True)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('in_force', 'In force'), ('replaced', 'Replaced'), ('withdrawn', 'Withdrawn')], default='draft', max_length=9)),
                ('drafted_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_reason', models.TextField(blank=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('kpi', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.kpi')),
                ('system', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.system')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.unit')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('system__isnull', False), ('unit__isnull', True)), models.Q(('system__isnull', True), ('unit__isnull', False)), _connector='OR'), name='factor_of_a_system_or_a_unit'), models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('author')), _negated=True), _connector='OR'), name='factor_by_two_persons'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'in_force'), _negated=True), ('approved_by__isnull', False), _connector='OR'), name='factor_in_force_is_approved'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='factor_is_an_amount'), models.CheckConstraint(condition=models.Q(models.Q(('source', ''), _negated=True), models.Q(('source_words', ''), _negated=True)), name='factor_has_a_source'), models.CheckConstraint(condition=models.Q(models.Q(('measures', 'money'), models.Q(('currency', ''), _negated=True)), models.Q(('measures', 'money'), _negated=True), _connector='OR'), name='factor_of_money_has_a_currency'), models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='factor_runs_forward'), models.UniqueConstraint(fields=('kpi', 'system', 'unit', 'measures', 'version'), name='factor_version', nulls_distinct=False), models.UniqueConstraint(condition=models.Q(('state', 'in_force')), fields=('kpi', 'system', 'unit', 'measures'), name='one_factor_in_force', nulls_distinct=False), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('kpi', 'system', 'unit', 'measures'), name='one_factor_draft', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=20, unique=True)),
                ('kind', models.CharField(choices=[('board', 'Board report'), ('review', 'Performance review')], max_length=6)),
                ('year', models.IntegerField()),
                ('quarter', models.IntegerField()),
                ('edition', models.IntegerField(default=1)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('issued', 'Issued'), ('withdrawn', 'Withdrawn')], default='draft', max_length=9)),
                ('begun_at', models.DateTimeField()),
                ('figures', models.TextField()),
                ('drawn_at', models.DateTimeField()),
                ('narrative', models.JSONField(default=dict)),
                ('version', models.IntegerField(default=1)),
                ('content', models.TextField(blank=True)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('issued_at', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issued_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signature', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.signature')),
                ('system', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.system')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.unit')),
            ],
            options={
                'indexes': [models.Index(fields=['begun_at', 'id'], name='report_by_beginning')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind', 'review'), ('system__isnull', False), ('unit__isnull', True)), models.Q(('kind', 'board'), ('system__isnull', True)), _connector='OR'), name='report_is_of_something'), models.CheckConstraint(condition=models.Q(('quarter__gte', 1), ('quarter__lte', 4)), name='report_of_a_quarter'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'issued'), _negated=True), models.Q(models.Q(('content', ''), _negated=True), models.Q(('sha256', ''), _negated=True), ('issued_at__isnull', False), ('issued_by__isnull', False), ('signature__isnull', False)), _connector='OR'), name='report_is_issued_by_a_signature'), models.CheckConstraint(condition=models.Q(('issued_by__isnull', True), models.Q(('issued_by', models.F('author')), _negated=True), _connector='OR'), name='report_by_two_persons'), models.UniqueConstraint(fields=('kind', 'system', 'unit', 'year', 'quarter', 'edition'), name='report_edition', nulls_distinct=False), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('kind', 'system', 'unit', 'year', 'quarter'), name='one_report_draft', nulls_distinct=False)],
            },
        ),
        watch("reports_consequencefactor"),
        watch("reports_report"),
        migrations.RunSQL(FREEZE, THAW),
    ]
