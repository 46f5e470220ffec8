"""Break-glass, delegations, reassignments.

Who administers a unit without an end leaves it with another such administrator, of the unit or
above; and no unit stands below itself. Both are seen to at commit, whoever writes.
"""

import datetime
import django.db.models.deletion
import django.db.models.expressions
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models
from django.db.models import F

from ledger.append_only import AtOnce, Grouped, watch
from ledger.services.migrations import recorded_migration

# A lock of its own lets two transactions see what the other has done before either may end.
ADMINISTRATORS = """
CREATE FUNCTION registry_administrators_left(of_unit uuid, until_then timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  WITH RECURSIVE above(id, parent_id) AS (
    SELECT id, parent_id FROM registry_unit WHERE id = of_unit
    UNION SELECT unit.id, unit.parent_id
    FROM registry_unit unit JOIN above ON unit.id = above.parent_id
  )
  SELECT EXISTS (
    SELECT 1 FROM registry_roleassignment role
    JOIN registry_user person ON person.id = role.user_id
    WHERE role.role = 'administrator' AND role.unit_id IN (SELECT id FROM above)
      AND person.is_active AND person.kind = 'person'
      AND (role.until_at IS NULL OR role.until_at >= until_then)
  )
$$;
CREATE FUNCTION registry_keep_an_administrator() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  lost record;
BEGIN
  PERFORM pg_advisory_xact_lock(7310013);
  FOR lost IN
    SELECT unit_id, until_at FROM registry_roleassignment
    WHERE TG_TABLE_NAME = 'registry_user' AND user_id = OLD.id AND role = 'administrator'
      AND unit_id IS NOT NULL AND (until_at IS NULL OR until_at > NEW.deactivated_at)
  LOOP
    IF NOT registry_administrators_left(lost.unit_id, lost.until_at) THEN
      RAISE EXCEPTION 'the last administrator cannot be deactivated'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'last_administrator';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE FUNCTION registry_keep_an_administrators_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7310013);
  IF NOT registry_administrators_left(OLD.unit_id, OLD.until_at) THEN
    RAISE EXCEPTION 'the role of the last administrator cannot end'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'last_administrator';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER registry_user_last_administrator
  AFTER UPDATE OF is_active ON registry_user DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active)
  EXECUTE FUNCTION registry_keep_an_administrator();
CREATE CONSTRAINT TRIGGER registry_roleassignment_last_administrator
  AFTER UPDATE ON registry_roleassignment DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (
    OLD.role = 'administrator' AND OLD.unit_id IS NOT NULL
    AND (NEW.role <> OLD.role OR NEW.user_id <> OLD.user_id OR NEW.unit_id IS DISTINCT FROM OLD.unit_id
      OR (NEW.until_at IS NOT NULL AND (OLD.until_at IS NULL OR NEW.until_at < OLD.until_at)))
  )
  EXECUTE FUNCTION registry_keep_an_administrators_role();
ALTER TABLE registry_user ENABLE ALWAYS TRIGGER registry_user_last_administrator;
ALTER TABLE registry_roleassignment
  ENABLE ALWAYS TRIGGER registry_roleassignment_last_administrator;
"""

UNDO_ADMINISTRATORS = """
DROP TRIGGER registry_roleassignment_last_administrator ON registry_roleassignment;
DROP TRIGGER registry_user_last_administrator ON registry_user;
DROP FUNCTION registry_keep_an_administrators_role();
DROP FUNCTION registry_keep_an_administrator();
DROP FUNCTION registry_administrators_left(uuid, timestamptz);
"""

TREE = """
CREATE FUNCTION registry_keep_a_tree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7310014);
  IF EXISTS (
    WITH RECURSIVE above(id) AS (
      SELECT parent_id FROM registry_unit WHERE id = NEW.id AND parent_id IS NOT NULL
      UNION SELECT unit.parent_id FROM registry_unit unit JOIN above ON unit.id = above.id
      WHERE unit.parent_id IS NOT NULL
    ) SELECT 1 FROM above WHERE id = NEW.id
  ) THEN
    RAISE EXCEPTION 'a unit stands below itself'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'unit_below_itself';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER registry_unit_tree
  AFTER INSERT OR UPDATE OF parent_id ON registry_unit DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION registry_keep_a_tree();
ALTER TABLE registry_unit ENABLE ALWAYS TRIGGER registry_unit_tree;
"""

UNDO_TREE = """
DROP TRIGGER registry_unit_tree ON registry_unit;
DROP FUNCTION registry_keep_a_tree();
"""

LONGEST_AUDIT = datetime.timedelta(days=366)


def auditors_end(apps, schema_editor):
    """Give auditors without an end, or with one too late, the latest one that is allowed."""
    rows = apps.get_model("registry", "RoleAssignment").objects.filter(role="auditor")
    latest = F("from_at") + LONGEST_AUDIT
    rows.filter(until_at__isnull=True).update(until_at=latest)
    rows.filter(until_at__gt=latest).update(until_at=latest)


class Migration(Grouped):

    dependencies = [
        ('registry', '0012_versions'),
        ('ledger', '0009_disclosure_by_value'),
    ]

    operations = [
        AtOnce(
            [
                migrations.RemoveConstraint(
                    model_name='delegation',
                    name='delegation_ends',
                ),
                migrations.AddField(
                    model_name='delegation',
                    name='system',
                    field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.system'),
                ),
                migrations.AddField(
                    model_name='delegation',
                    name='unit',
                    field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.unit'),
                ),
                migrations.AddField(
                    model_name='historicaldelegation',
                    name='system',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system'),
                ),
                migrations.AddField(
                    model_name='historicaldelegation',
                    name='unit',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.unit'),
                ),
                migrations.AddField(
                    model_name='historicalroleassignment',
                    name='confirmed_at',
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name='historicalroleassignment',
                    name='confirmed_by',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='historicalroleassignment',
                    name='reason',
                    field=models.TextField(blank=True),
                ),
                migrations.AddField(
                    model_name='roleassignment',
                    name='confirmed_at',
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name='roleassignment',
                    name='confirmed_by',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='roleassignment',
                    name='reason',
                    field=models.TextField(blank=True),
                ),
                migrations.AddConstraint(
                    model_name='delegation',
                    constraint=models.CheckConstraint(condition=models.Q(('until_at__gte', models.F('from_at'))), name='delegation_ends'),
                ),
                migrations.AddConstraint(
                    model_name='delegation',
                    constraint=models.CheckConstraint(condition=models.Q(('unit__isnull', True), ('system__isnull', True), _connector='OR'), name='delegation_for_unit_or_system'),
                ),
                migrations.AddConstraint(
                    model_name='roleassignment',
                    constraint=models.CheckConstraint(condition=models.Q(models.Q(('role', 'auditor'), _negated=True), models.Q(('until_at__isnull', False), ('until_at__lte', django.db.models.expressions.CombinedExpression(models.F('from_at'), '+', models.Value(datetime.timedelta(days=366))))), _connector='OR'), name='auditor_has_an_end'),
                ),
                migrations.AddConstraint(
                    model_name='roleassignment',
                    constraint=models.CheckConstraint(condition=models.Q(('until_at__isnull', True), ('until_at__gte', models.F('from_at')), _connector='OR'), name='role_ends_after_start'),
                ),
                migrations.AddConstraint(
                    model_name='roleassignment',
                    constraint=models.CheckConstraint(condition=models.Q(('confirmed_by__isnull', True), models.Q(('confirmed_by', models.F('user')), _negated=True), _connector='OR'), name='role_confirmed_by_another'),
                ),
                migrations.CreateModel(
                    name='HistoricalBreakGlass',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('reason', models.TextField()),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('review_due_at', models.DateTimeField()),
                        ('reviewed_at', models.DateTimeField(null=True)),
                        ('verdict', models.CharField(blank=True, choices=[('justified', 'Was justified'), ('not_justified', 'Was not justified')], max_length=14)),
                        ('review', models.TextField(blank=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('reviewed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                        ('unit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.unit')),
                    ],
                    options={
                        'verbose_name': 'historical break glass',
                        'verbose_name_plural': 'historical break glasss',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalSetupException',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('kind', models.CharField(max_length=40)),
                        ('object_id', models.UUIDField()),
                        ('label', models.CharField(max_length=240)),
                        ('url', models.CharField(blank=True, max_length=300)),
                        ('at', models.DateTimeField()),
                        ('confirmed_at', models.DateTimeField(null=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('confirmed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                        ('unit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.unit')),
                    ],
                    options={
                        'verbose_name': 'historical setup exception',
                        'verbose_name_plural': 'historical setup exceptions',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='BreakGlass',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('reason', models.TextField()),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('review_due_at', models.DateTimeField()),
                        ('reviewed_at', models.DateTimeField(null=True)),
                        ('verdict', models.CharField(blank=True, choices=[('justified', 'Was justified'), ('not_justified', 'Was not justified')], max_length=14)),
                        ('review', models.TextField(blank=True)),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='glasses', to=settings.AUTH_USER_MODEL)),
                        ('reviewed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.system')),
                        ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.unit')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['person', 'until_at'], name='glass_by_person'), models.Index(condition=models.Q(('reviewed_at__isnull', True)), fields=['review_due_at'], name='glass_to_review')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('unit__isnull', False), ('system__isnull', False), _connector='XOR'), name='glass_for_unit_or_system'), models.CheckConstraint(condition=models.Q(('until_at__gte', models.F('from_at')), ('until_at__lte', django.db.models.expressions.CombinedExpression(models.F('from_at'), '+', models.Value(datetime.timedelta(seconds=14400))))), name='glass_for_four_hours'), models.CheckConstraint(condition=models.Q(('reviewed_by__isnull', True), models.Q(('reviewed_by', models.F('person')), _negated=True), _connector='OR'), name='glass_reviewed_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('reviewed_at__isnull', True), ('reviewed_by__isnull', True), ('verdict', '')), models.Q(('reviewed_at__isnull', False), ('reviewed_by__isnull', False), models.Q(('verdict', ''), _negated=True)), _connector='OR'), name='glass_reviewed_with_verdict')],
                    },
                ),
                migrations.CreateModel(
                    name='SetupException',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('kind', models.CharField(max_length=40)),
                        ('object_id', models.UUIDField()),
                        ('label', models.CharField(max_length=240)),
                        ('url', models.CharField(blank=True, max_length=300)),
                        ('at', models.DateTimeField()),
                        ('confirmed_at', models.DateTimeField(null=True)),
                        ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.system')),
                        ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.unit')),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('confirmed_at__isnull', True)), fields=['unit'], name='exception_to_confirm')],
                        'constraints': [models.UniqueConstraint(fields=('kind', 'object_id'), name='one_exception_an_object'), models.CheckConstraint(condition=models.Q(('confirmed_by__isnull', True), models.Q(('confirmed_by', models.F('person')), _negated=True), _connector='OR'), name='exception_confirmed_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='exception_confirmed_at_an_instant')],
                    },
                ),
            ]
        ),
        recorded_migration(
            "0013_access", "an auditor's role has an end", auditors_end
        ),
        migrations.RunSQL(ADMINISTRATORS, UNDO_ADMINISTRATORS),
        migrations.RunSQL(TREE, UNDO_TREE),
        watch("registry_breakglass"),
        watch("registry_setupexception"),
    ]
