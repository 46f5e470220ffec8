"""Accepted risks, each until a date, and what was proposed to be accepted."""

import datetime
import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models
from django.db.models.expressions import CombinedExpression

from ledger.append_only import AtOnce, Grouped, watch

# What was decided stays as it was decided; a renewal is another acceptance.
DECIDED = """
CREATE FUNCTION incidents_guard_acceptance() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  moves text[] := '{owner_id,reviewed_at,reviewed_by_id,review_words,state,ground,ended_at,'
    'ended_words,recorded_at,version}';
BEGIN
  IF to_jsonb(OLD) - moves = to_jsonb(NEW) - moves
     AND (OLD.state = 'active' OR to_jsonb(OLD) = to_jsonb(NEW))
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'what was decided in % is fixed: % is refused', OLD.number, TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptance_as_decided', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER acceptance_as_decided BEFORE UPDATE ON incidents_riskacceptance
  FOR EACH ROW EXECUTE FUNCTION incidents_guard_acceptance();
ALTER TABLE incidents_riskacceptance ENABLE ALWAYS TRIGGER acceptance_as_decided;
CREATE SEQUENCE incidents_acceptance_number AS bigint START 1;
"""
UNDECIDED = """
DROP SEQUENCE incidents_acceptance_number;
DROP TRIGGER acceptance_as_decided ON incidents_riskacceptance;
DROP FUNCTION incidents_guard_acceptance();
"""


class Migration(Grouped):

    dependencies = [
        ('incidents', '0015_carrying'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='RiskAcceptance',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('number', models.CharField(max_length=20, unique=True)),
                        ('cycle', models.IntegerField()),
                        ('decision_id', models.UUIDField(unique=True)),
                        ('motion_sha256', models.CharField(max_length=64)),
                        ('title', models.CharField(max_length=300)),
                        ('treatment', models.CharField(choices=[('accept', 'Accept it as it is'), ('avoid', 'Avoid it: what causes it is left out'), ('mitigate', 'Mitigate it by controls'), ('fix', 'Fix it by a later version'), ('transfer', 'Transfer it by contract or insurance')], max_length=8)),
                        ('residual_risk', models.TextField()),
                        ('controls', models.TextField()),
                        ('versions', models.JSONField()),
                        ('kpi', models.CharField(blank=True, max_length=80)),
                        ('segment', models.CharField(blank=True, max_length=120)),
                        ('environment', models.CharField(max_length=30)),
                        ('limit_value', models.FloatField(null=True)),
                        ('limit_words', models.TextField(blank=True)),
                        ('severity', models.CharField(max_length=8)),
                        ('risk_tier', models.CharField(max_length=6)),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('original_from', models.DateTimeField()),
                        ('original_until', models.DateTimeField()),
                        ('renewals', models.IntegerField(default=0)),
                        ('stops_serving', models.BooleanField(default=False)),
                        ('review_at', models.DateTimeField()),
                        ('reviewed_at', models.DateTimeField(null=True)),
                        ('review_words', models.TextField(blank=True)),
                        ('state', models.CharField(choices=[('active', 'Active'), ('expired', 'Expired'), ('revoked', 'Revoked'), ('superseded', 'Superseded by a renewal'), ('fulfilled', 'Fulfilled: the risk was removed')], default='active', max_length=10)),
                        ('ground', models.CharField(blank=True, max_length=20)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('ended_words', models.TextField(blank=True)),
                        ('recorded_at', models.DateTimeField(null=True)),
                        ('version', models.IntegerField(default=1)),
                        ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acceptances', to='incidents.incident')),
                        ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accepted_risks', to=settings.AUTH_USER_MODEL)),
                        ('renewal_of', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='renewed_by', to='incidents.riskacceptance')),
                        ('reviewed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['until_at', 'id'], name='acceptance_by_end')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('until_at__gt', models.F('from_at')), ('until_at__lte', CombinedExpression(models.F('from_at'), '+', models.Value(datetime.timedelta(days=366))))), name='acceptance_has_an_end'), models.CheckConstraint(condition=models.Q(('original_from__lte', models.F('from_at')), ('original_until__gt', models.F('original_from'))), name='acceptance_keeps_its_first_dates'), models.CheckConstraint(condition=models.Q(models.Q(('renewal_of__isnull', True), ('renewals', 0)), models.Q(('renewal_of__isnull', False), ('renewals__gte', 1)), _connector='OR'), name='acceptance_counts_its_renewals'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('recorded_at__isnull', True), ('state', 'active')), models.Q(models.Q(('state', 'active'), _negated=True), ('ended_at__isnull', False), ('recorded_at__isnull', False)), _connector='OR'), name='acceptance_ends_at_an_instant'), models.CheckConstraint(condition=models.Q(('kpi', ''), ('limit_value__isnull', False), _connector='OR'), name='acceptance_of_a_kpi_has_a_limit'), models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('incident',), name='one_active_acceptance')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalRiskAcceptance',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('number', models.CharField(db_index=True, max_length=20)),
                        ('cycle', models.IntegerField()),
                        ('decision_id', models.UUIDField(db_index=True)),
                        ('motion_sha256', models.CharField(max_length=64)),
                        ('title', models.CharField(max_length=300)),
                        ('treatment', models.CharField(choices=[('accept', 'Accept it as it is'), ('avoid', 'Avoid it: what causes it is left out'), ('mitigate', 'Mitigate it by controls'), ('fix', 'Fix it by a later version'), ('transfer', 'Transfer it by contract or insurance')], max_length=8)),
                        ('residual_risk', models.TextField()),
                        ('controls', models.TextField()),
                        ('versions', models.JSONField()),
                        ('kpi', models.CharField(blank=True, max_length=80)),
                        ('segment', models.CharField(blank=True, max_length=120)),
                        ('environment', models.CharField(max_length=30)),
                        ('limit_value', models.FloatField(null=True)),
                        ('limit_words', models.TextField(blank=True)),
                        ('severity', models.CharField(max_length=8)),
                        ('risk_tier', models.CharField(max_length=6)),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('original_from', models.DateTimeField()),
                        ('original_until', models.DateTimeField()),
                        ('renewals', models.IntegerField(default=0)),
                        ('stops_serving', models.BooleanField(default=False)),
                        ('review_at', models.DateTimeField()),
                        ('reviewed_at', models.DateTimeField(null=True)),
                        ('review_words', models.TextField(blank=True)),
                        ('state', models.CharField(choices=[('active', 'Active'), ('expired', 'Expired'), ('revoked', 'Revoked'), ('superseded', 'Superseded by a renewal'), ('fulfilled', 'Fulfilled: the risk was removed')], default='active', max_length=10)),
                        ('ground', models.CharField(blank=True, max_length=20)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('ended_words', models.TextField(blank=True)),
                        ('recorded_at', models.DateTimeField(null=True)),
                        ('version', models.IntegerField(default=1)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('incident', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.incident')),
                        ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('reviewed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('renewal_of', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.riskacceptance')),
                    ],
                    options={
                        'verbose_name': 'historical risk acceptance',
                        'verbose_name_plural': 'historical risk acceptances',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalAcceptanceProposal',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('number', models.CharField(db_index=True, max_length=20)),
                        ('terms', models.JSONField()),
                        ('source', models.CharField(max_length=120)),
                        ('reference', models.CharField(blank=True, max_length=200)),
                        ('proposed_at', models.DateTimeField()),
                        ('state', models.CharField(choices=[('proposed', 'Proposed'), ('approved', 'Approved'), ('rejected', 'Rejected')], default='proposed', max_length=8)),
                        ('decided_at', models.DateTimeField(null=True)),
                        ('decided_because', models.TextField(blank=True)),
                        ('version', models.IntegerField(default=1)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('decided_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('incident', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.incident')),
                        ('proposed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('acceptance', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.riskacceptance')),
                    ],
                    options={
                        'verbose_name': 'historical acceptance proposal',
                        'verbose_name_plural': 'historical acceptance proposals',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='AcceptanceProposal',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('number', models.CharField(max_length=20, unique=True)),
                        ('terms', models.JSONField()),
                        ('source', models.CharField(max_length=120)),
                        ('reference', models.CharField(blank=True, max_length=200)),
                        ('proposed_at', models.DateTimeField()),
                        ('state', models.CharField(choices=[('proposed', 'Proposed'), ('approved', 'Approved'), ('rejected', 'Rejected')], default='proposed', max_length=8)),
                        ('decided_at', models.DateTimeField(null=True)),
                        ('decided_because', models.TextField(blank=True)),
                        ('version', models.IntegerField(default=1)),
                        ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acceptance_proposals', to='incidents.incident')),
                        ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('acceptance', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposal', to='incidents.riskacceptance')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['state', 'proposed_at', 'id'], name='proposal_by_state')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'approved'), _negated=True), ('acceptance__isnull', False), _connector='OR'), name='approved_by_an_acceptance'), models.UniqueConstraint(condition=models.Q(('reference', ''), _negated=True), fields=('source', 'reference'), name='proposal_imported_once')],
                    },
                ),
            ]
        ),
        migrations.RunSQL(DECIDED, UNDECIDED),
        watch("incidents_riskacceptance"),
        watch("incidents_acceptanceproposal"),
    ]
