"""Concerns and their receipts."""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch

# What somebody said stays as they said it, and nobody's name is put to it afterwards.
SAID = """
CREATE FUNCTION registry_guard_concern() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  said text[] := '{id,number,where,what,when,harm,who_harmed,contact,raised_by_id,'
    'receipt_sha256,form_key,received_at}';
  was jsonb := to_jsonb(OLD);
  now jsonb := to_jsonb(NEW);
BEGIN
  IF was - (SELECT array_agg(key) FROM jsonb_object_keys(was) key WHERE key <> ALL (said))
   = now - (SELECT array_agg(key) FROM jsonb_object_keys(now) key WHERE key <> ALL (said))
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'what was said in % is fixed: % is refused', OLD.number, TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'concern_as_said', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER concern_as_said BEFORE UPDATE ON registry_concern
  FOR EACH ROW EXECUTE FUNCTION registry_guard_concern();
ALTER TABLE registry_concern ENABLE ALWAYS TRIGGER concern_as_said;
CREATE SEQUENCE registry_concernnumber;
"""
NOTHING_SAID = """
DROP SEQUENCE registry_concernnumber;
DROP TRIGGER concern_as_said ON registry_concern;
DROP FUNCTION registry_guard_concern();
"""


class Migration(Grouped):

    dependencies = [("registry", "0015_exchange")]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='Concern',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('number', models.CharField(max_length=20, unique=True)),
                        ('state', models.CharField(choices=[('received', 'Received'), ('read', 'Being looked at'), ('dismissal', 'Dismissal waits for a second person'), ('dismissed', 'Closed without a case'), ('case', 'Became a case')], default='received', max_length=10)),
                        ('where', models.CharField(max_length=200)),
                        ('what', models.TextField()),
                        ('when', models.CharField(blank=True, max_length=200)),
                        ('harm', models.CharField(choices=[('yes', 'Yes'), ('no', 'No'), ('unknown', 'I do not know')], max_length=7)),
                        ('who_harmed', models.TextField(blank=True)),
                        ('contact', models.CharField(blank=True, max_length=200)),
                        ('receipt_sha256', models.CharField(max_length=64, unique=True)),
                        ('form_key', models.CharField(max_length=64, unique=True)),
                        ('received_at', models.DateTimeField()),
                        ('aware_at', models.DateTimeField(null=True)),
                        ('aware_deemed', models.BooleanField(default=False)),
                        ('read_at', models.DateTimeField(null=True)),
                        ('escalated_at', models.DateTimeField(null=True)),
                        ('incident_id', models.UUIDField(null=True)),
                        ('incident_number', models.CharField(blank=True, max_length=20)),
                        ('dismissed_reason', models.TextField(blank=True)),
                        ('closed_at', models.DateTimeField(null=True)),
                        ('version', models.IntegerField(default=1)),
                        ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('dismissed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('raised_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('read_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='concerns', to='registry.system')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['received_at', 'id'], name='concern_by_receipt')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'dismissed'), _negated=True), ('harm', 'no'), models.Q(('confirmed_by__isnull', False), models.Q(('confirmed_by', models.F('dismissed_by')), _negated=True)), _connector='OR'), name='harm_dismissed_by_two'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'case'), _negated=True), models.Q(('incident_id__isnull', False), ('system__isnull', False)), _connector='OR'), name='concern_case_is_named'), models.CheckConstraint(condition=models.Q(('state', 'received'), ('read_by__isnull', False), _connector='OR'), name='concern_read_before_more')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalConcern',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('number', models.CharField(db_index=True, max_length=20)),
                        ('state', models.CharField(choices=[('received', 'Received'), ('read', 'Being looked at'), ('dismissal', 'Dismissal waits for a second person'), ('dismissed', 'Closed without a case'), ('case', 'Became a case')], default='received', max_length=10)),
                        ('where', models.CharField(max_length=200)),
                        ('what', models.TextField()),
                        ('when', models.CharField(blank=True, max_length=200)),
                        ('harm', models.CharField(choices=[('yes', 'Yes'), ('no', 'No'), ('unknown', 'I do not know')], max_length=7)),
                        ('who_harmed', models.TextField(blank=True)),
                        ('contact', models.CharField(blank=True, max_length=200)),
                        ('receipt_sha256', models.CharField(db_index=True, max_length=64)),
                        ('form_key', models.CharField(db_index=True, max_length=64)),
                        ('received_at', models.DateTimeField()),
                        ('aware_at', models.DateTimeField(null=True)),
                        ('aware_deemed', models.BooleanField(default=False)),
                        ('read_at', models.DateTimeField(null=True)),
                        ('escalated_at', models.DateTimeField(null=True)),
                        ('incident_id', models.UUIDField(null=True)),
                        ('incident_number', models.CharField(blank=True, max_length=20)),
                        ('dismissed_reason', models.TextField(blank=True)),
                        ('closed_at', models.DateTimeField(null=True)),
                        ('version', models.IntegerField(default=1)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('confirmed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('dismissed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('raised_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('read_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical concern',
                        'verbose_name_plural': 'historical concerns',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='ConcernMessage',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('text', models.TextField()),
                        ('at', models.DateTimeField()),
                        ('concern', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='registry.concern')),
                        ('officer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['concern', 'at'], name='concern_message_order')],
                    },
                ),
            ]
        ),
        migrations.RunSQL(SAID, NOTHING_SAID),
        append_only("registry_concernmessage"),
        watch("registry_concern"),
        watch("registry_concernmessage"),
    ]
