"""Identities of versions, deployments that do not overlap, evaluation runs, fallback checks."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch
from ledger.services.migrations import recorded_migration
from registry.rules.identities import Identity, identity_hash

# Two spans of one environment never overlap. A range of one number stands for system and
# environment, for GiST compares ranges without the extension btree_gist, which not every
# PostgreSQL has; two pairs of one 64-bit hash would only refuse each other, never let one through.
PLACE = "hashtextextended(system_id::text || '/' || environment, 0)::numeric"
NO_OVERLAP = f"""
ALTER TABLE registry_deployment ADD CONSTRAINT one_deployment_at_a_time EXCLUDE USING gist (
  numrange({PLACE}, {PLACE}, '[]') WITH &&,
  tstzrange(from_at, until_at) WITH &&
);
"""

# A version is what it was registered as; an approval freezes what else it says. What may still
# change is where it stands, and when it was placed on the market.
FROZEN = """
CREATE FUNCTION registry_freeze_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  later text[] := ARRAY['state', 'approved_by_id', 'approved_at', 'set_up', 'placed_on_market_at'];
  until_approved text[] := ARRAY['changelog', 'significant_design_change',
                                 'substantial_modification'];
BEGIN
  IF OLD.state = 'draft' THEN later := later || until_approved; END IF;
  IF to_jsonb(NEW) - later IS DISTINCT FROM to_jsonb(OLD) - later THEN
    RAISE EXCEPTION 'version % is frozen: another identity is another version', OLD.label
      USING ERRCODE = 'check_violation', CONSTRAINT = 'version_is_frozen';
  END IF;
  IF OLD.state <> 'draft' AND (NEW.approved_by_id, NEW.approved_at, NEW.set_up)
       IS DISTINCT FROM (OLD.approved_by_id, OLD.approved_at, OLD.set_up) THEN
    RAISE EXCEPTION 'the approval of version % is not rewritten', OLD.label
      USING ERRCODE = 'check_violation', CONSTRAINT = 'version_approval_is_frozen';
  END IF;
  IF (OLD.state, NEW.state) NOT IN (('draft', 'draft'), ('draft', 'approved'),
       ('approved', 'approved'), ('approved', 'revoked'), ('revoked', 'revoked')) THEN
    RAISE EXCEPTION 'version % does not go from % to %', OLD.label, OLD.state, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'version_state_step';
  END IF;
  IF NEW.state = 'approved' AND NEW.identity_hash !~ '^[0-9a-f]{64}$' THEN
    RAISE EXCEPTION 'version % is approved without the hash of its identity', OLD.label
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_names_identity';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER registry_systemversion_frozen BEFORE UPDATE ON registry_systemversion
  FOR EACH ROW EXECUTE FUNCTION registry_freeze_version();
ALTER TABLE registry_systemversion ENABLE ALWAYS TRIGGER registry_systemversion_frozen;
"""
UNFROZEN = """
DROP TRIGGER registry_systemversion_frozen ON registry_systemversion;
DROP FUNCTION registry_freeze_version();
"""

# What was agreed in a plan is never edited: another content is another number.
AGREED = """
CREATE FUNCTION registry_freeze_plan() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  later text[] := ARRAY['state', 'approved_by_id', 'approved_at', 'reason', 'set_up'];
BEGIN
  IF to_jsonb(NEW) - later IS DISTINCT FROM to_jsonb(OLD) - later
     OR (OLD.state <> 'draft' AND (NEW.approved_by_id, NEW.approved_at, NEW.set_up)
           IS DISTINCT FROM (OLD.approved_by_id, OLD.approved_at, OLD.set_up)) THEN
    RAISE EXCEPTION 'an evaluation plan is not edited: draft another number'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'evaluation_plan_is_frozen';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER registry_evaluationplan_frozen BEFORE UPDATE ON registry_evaluationplan
  FOR EACH ROW EXECUTE FUNCTION registry_freeze_plan();
ALTER TABLE registry_evaluationplan ENABLE ALWAYS TRIGGER registry_evaluationplan_frozen;
"""
NOT_AGREED = """
DROP TRIGGER registry_evaluationplan_frozen ON registry_evaluationplan;
DROP FUNCTION registry_freeze_plan();
"""


def hash_identities(apps, schema_editor):
    """Give the versions that are there the hash of their digest; no content changes by it."""
    version = apps.get_model("registry", "SystemVersion")
    for pk, digest in version.objects.values_list("pk", "digest"):
        schema_editor.execute(
            "UPDATE registry_systemversion SET identity_hash = %s WHERE id = %s",
            [identity_hash(Identity(digest=digest)), pk],
        )


class Migration(Grouped):

    dependencies = [
        ('registry', '0011_documents'),
        ('ledger', '0009_disclosure_by_value'),
    ]

    operations = [
        AtOnce(
            [
                migrations.AddField(
                    model_name='historicalsystemversion',
                    name='fingerprint',
                    field=models.CharField(blank=True, default='', max_length=120),
                ),
                migrations.AddField(
                    model_name='historicalsystemversion',
                    name='guardrails_sha256',
                    field=models.CharField(blank=True, default='', max_length=64),
                ),
                migrations.AddField(
                    model_name='historicalsystemversion',
                    name='hosted_model',
                    field=models.CharField(blank=True, default='', max_length=120),
                ),
                migrations.AddField(
                    model_name='historicalsystemversion',
                    name='identity_hash',
                    field=models.CharField(blank=True, default='', max_length=64),
                ),
                migrations.AddField(
                    model_name='historicalsystemversion',
                    name='index_sha256',
                    field=models.CharField(blank=True, default='', max_length=64),
                ),
                migrations.AddField(
                    model_name='historicalsystemversion',
                    name='placed_on_market_at',
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name='historicalsystemversion',
                    name='prompt_sha256',
                    field=models.CharField(blank=True, default='', max_length=64),
                ),
                migrations.AddField(
                    model_name='historicalsystemversion',
                    name='provider',
                    field=models.CharField(blank=True, default='', max_length=80),
                ),
                migrations.AddField(
                    model_name='historicalsystemversion',
                    name='significant_design_change',
                    field=models.BooleanField(default=None, null=True),
                ),
                migrations.AddField(
                    model_name='historicalsystemversion',
                    name='snapshot',
                    field=models.CharField(blank=True, default='', max_length=120),
                ),
                migrations.AddField(
                    model_name='historicalsystemversion',
                    name='substantial_modification',
                    field=models.BooleanField(default=None, null=True),
                ),
                migrations.AddField(
                    model_name='historicalsystemversion',
                    name='tools_sha256',
                    field=models.CharField(blank=True, default='', max_length=64),
                ),
                migrations.AddField(
                    model_name='systemversion',
                    name='fingerprint',
                    field=models.CharField(blank=True, default='', max_length=120),
                ),
                migrations.AddField(
                    model_name='systemversion',
                    name='guardrails_sha256',
                    field=models.CharField(blank=True, default='', max_length=64),
                ),
                migrations.AddField(
                    model_name='systemversion',
                    name='hosted_model',
                    field=models.CharField(blank=True, default='', max_length=120),
                ),
                migrations.AddField(
                    model_name='systemversion',
                    name='identity_hash',
                    field=models.CharField(blank=True, default='', max_length=64),
                ),
                migrations.AddField(
                    model_name='systemversion',
                    name='index_sha256',
                    field=models.CharField(blank=True, default='', max_length=64),
                ),
                migrations.AddField(
                    model_name='systemversion',
                    name='placed_on_market_at',
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name='systemversion',
                    name='prompt_sha256',
                    field=models.CharField(blank=True, default='', max_length=64),
                ),
                migrations.AddField(
                    model_name='systemversion',
                    name='provider',
                    field=models.CharField(blank=True, default='', max_length=80),
                ),
                migrations.AddField(
                    model_name='systemversion',
                    name='significant_design_change',
                    field=models.BooleanField(default=None, null=True),
                ),
                migrations.AddField(
                    model_name='systemversion',
                    name='snapshot',
                    field=models.CharField(blank=True, default='', max_length=120),
                ),
                migrations.AddField(
                    model_name='systemversion',
                    name='substantial_modification',
                    field=models.BooleanField(default=None, null=True),
                ),
                migrations.AddField(
                    model_name='systemversion',
                    name='tools_sha256',
                    field=models.CharField(blank=True, default='', max_length=64),
                ),
                migrations.AddField(
                    model_name='historicalsystemversion',
                    name='set_up',
                    field=models.BooleanField(default=False),
                ),
                migrations.AddField(
                    model_name='systemversion',
                    name='set_up',
                    field=models.BooleanField(default=False),
                ),
                migrations.RemoveConstraint(
                    model_name='systemversion',
                    name='version_approved_by_another',
                ),
                migrations.AddConstraint(
                    model_name='systemversion',
                    constraint=models.CheckConstraint(condition=models.Q(('set_up', True), ('approved_by__isnull', True), models.Q(('approved_by', models.F('author')), _negated=True), _connector='OR'), name='version_approved_by_another'),
                ),
                migrations.AlterField(
                    model_name='historicalsystemversion',
                    name='digest',
                    field=models.CharField(blank=True, max_length=80),
                ),
                migrations.AlterField(
                    model_name='systemversion',
                    name='digest',
                    field=models.CharField(blank=True, max_length=80),
                ),
                migrations.AddIndex(
                    model_name='systemversion',
                    index=models.Index(fields=['system', '-created_at', '-id'], name='version_newest_first'),
                ),
                migrations.AddIndex(
                    model_name='systemversion',
                    index=models.Index(fields=['provider', 'hosted_model'], name='version_by_hosted_model'),
                ),
                migrations.AddConstraint(
                    model_name='deployment',
                    constraint=models.CheckConstraint(condition=models.Q(('until_at__isnull', True), ('until_at__gte', models.F('from_at')), _connector='OR'), name='deployment_ends_after_start'),
                ),
                migrations.AddConstraint(
                    model_name='systemversion',
                    constraint=models.CheckConstraint(condition=models.Q(('digest', ''), models.Q(('hosted_model', ''), ('provider', '')), _connector='OR'), name='version_is_digest_or_hosted'),
                ),
                migrations.CreateModel(
                    name='EvaluationPlan',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('number', models.IntegerField()),
                        ('dataset_name', models.CharField(max_length=200)),
                        ('dataset_sha256', models.CharField(max_length=64)),
                        ('slices', models.JSONField()),
                        ('metrics', models.JSONField()),
                        ('sha256', models.CharField(max_length=64)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('in_force', 'in force'), ('replaced', 'Replaced')], default='draft', max_length=10)),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('reason', models.TextField(blank=True)),
                        ('set_up', models.BooleanField(default=False)),
                        ('created_at', models.DateTimeField()),
                        ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evaluation_plans', to='registry.system')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('system', 'number'), name='evaluation_plan_number'), models.UniqueConstraint(condition=models.Q(('state', 'in_force')), fields=('system',), name='one_evaluation_plan_in_force'), models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False)), _connector='OR'), name='evaluation_plan_in_force_is_approved'), models.CheckConstraint(condition=models.Q(('set_up', True), ('approved_by__isnull', True), models.Q(('approved_by', models.F('author')), _negated=True), _connector='OR'), name='evaluation_plan_approved_by_another')],
                    },
                ),
                migrations.CreateModel(
                    name='FallbackCheck',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('environment', models.CharField(max_length=30)),
                        ('result', models.CharField(choices=[('passed', 'Passed'), ('failed', 'Failed')], max_length=6)),
                        ('how', models.TextField()),
                        ('evidence', models.TextField(blank=True)),
                        ('evidence_sha256', models.CharField(blank=True, max_length=64)),
                        ('tested_at', models.DateTimeField()),
                        ('recorded_at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fallback_checks', to='registry.system')),
                        ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fallback_checks', to='registry.systemversion')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['version', 'environment', '-tested_at'], name='fallback_check_newest')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalEvaluationPlan',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('number', models.IntegerField()),
                        ('dataset_name', models.CharField(max_length=200)),
                        ('dataset_sha256', models.CharField(max_length=64)),
                        ('slices', models.JSONField()),
                        ('metrics', models.JSONField()),
                        ('sha256', models.CharField(max_length=64)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('in_force', 'in force'), ('replaced', 'Replaced')], default='draft', max_length=10)),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('reason', models.TextField(blank=True)),
                        ('set_up', models.BooleanField(default=False)),
                        ('created_at', models.DateTimeField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('approved_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('author', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical evaluation plan',
                        'verbose_name_plural': 'historical evaluation plans',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='EvaluationRun',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('identity_hash', models.CharField(max_length=64)),
                        ('dataset_sha256', models.CharField(max_length=64)),
                        ('started_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField()),
                        ('results', models.JSONField()),
                        ('judged', models.JSONField()),
                        ('outcome', models.CharField(choices=[('passed', 'Passed'), ('failed', 'Failed'), ('inconclusive', 'Inconclusive')], max_length=12)),
                        ('tool', models.CharField(blank=True, max_length=120)),
                        ('evidence', models.CharField(blank=True, max_length=500)),
                        ('note', models.TextField(blank=True)),
                        ('recorded_at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='registry.evaluationplan')),
                        ('sent_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evaluation_runs', to='registry.system')),
                        ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evaluation_runs', to='registry.systemversion')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['version', '-recorded_at'], name='evaluation_run_of_version'), models.Index(fields=['system', '-recorded_at', 'id'], name='evaluation_run_of_system')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('ended_at__gte', models.F('started_at'))), name='evaluation_run_ends_after_start')],
                    },
                ),
                migrations.CreateModel(
                    name='FailureScenario',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('place', models.IntegerField()),
                        ('what', models.TextField()),
                        ('kpi', models.CharField(max_length=120)),
                        ('response', models.TextField()),
                        ('drilled_on', models.DateField(null=True)),
                        ('drill_note', models.TextField(blank=True)),
                        ('drilled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scenarios', to='registry.evaluationplan')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('plan', 'place'), name='failure_scenario_place')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalFailureScenario',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('place', models.IntegerField()),
                        ('what', models.TextField()),
                        ('kpi', models.CharField(max_length=120)),
                        ('response', models.TextField()),
                        ('drilled_on', models.DateField(null=True)),
                        ('drill_note', models.TextField(blank=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('drilled_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('plan', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.evaluationplan')),
                    ],
                    options={
                        'verbose_name': 'historical failure scenario',
                        'verbose_name_plural': 'historical failure scenarios',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
            ]
        ),
        recorded_migration(
            "identities",
            "what an approval covers is named by its hash from now on",
            hash_identities,
            lambda apps, schema_editor: None,
        ),
        migrations.RunSQL(
            NO_OVERLAP,
            'ALTER TABLE registry_deployment DROP CONSTRAINT one_deployment_at_a_time;',
        ),
        migrations.RunSQL(FROZEN, UNFROZEN),
        migrations.RunSQL(AGREED, NOT_AGREED),
        watch('registry_evaluationplan'),
        watch('registry_failurescenario'),
        append_only('registry_evaluationrun'),
        append_only('registry_fallbackcheck'),
        watch('registry_evaluationrun', points=True),
        watch('registry_fallbackcheck', points=True),
    ]
