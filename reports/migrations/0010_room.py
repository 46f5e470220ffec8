"""Questions of auditors with their answers: what was asked and said stays as it was."""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch

ASKED = """
CREATE FUNCTION reports_guard_question() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.id, OLD.number, OLD.system_id, OLD.unit_id, OLD.about, OLD.about_key, OLD.text,
      OLD.asked_by_id, OLD.asked_at, OLD.due_at)
   IS NOT DISTINCT FROM
     (NEW.id, NEW.number, NEW.system_id, NEW.unit_id, NEW.about, NEW.about_key, NEW.text,
      NEW.asked_by_id, NEW.asked_at, NEW.due_at)
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'what was asked in % is fixed: % is refused', OLD.number, TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_question_as_asked',
      TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER audit_question_as_asked BEFORE UPDATE ON reports_auditquestion
  FOR EACH ROW EXECUTE FUNCTION reports_guard_question();
ALTER TABLE reports_auditquestion ENABLE ALWAYS TRIGGER audit_question_as_asked;
CREATE SEQUENCE reports_audit_question_number;
"""
NOTHING_ASKED = """
DROP SEQUENCE reports_audit_question_number;
DROP TRIGGER audit_question_as_asked ON reports_auditquestion;
DROP FUNCTION reports_guard_question();
"""


class Migration(Grouped):

    dependencies = [
        ("registry", "0019_frameworks"),
        ("reports", "0009_board"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='AuditQuestion',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('number', models.CharField(max_length=20, unique=True)),
                        ('version', models.IntegerField(default=1)),
                        ('state', models.CharField(choices=[('open', 'Waits for an answer'), ('answered', 'Answered'), ('accepted', 'Accepted'), ('withdrawn', 'Withdrawn')], default='open', max_length=10)),
                        ('about', models.CharField(blank=True, choices=[('', 'Nothing in particular'), ('incident', 'Incident'), ('decision', 'Decision'), ('document', 'Document'), ('ledger', 'Ledger entry'), ('pack', 'Evidence pack'), ('control', 'Control'), ('other', 'Something else')], default='', max_length=10)),
                        ('about_key', models.CharField(blank=True, default='', max_length=120)),
                        ('text', models.TextField()),
                        ('asked_at', models.DateTimeField()),
                        ('due_at', models.DateTimeField()),
                        ('settled_at', models.DateTimeField(null=True)),
                        ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('settled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='audit_questions', to='registry.system')),
                        ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='audit_questions', to='registry.unit')),
                    ],
                ),
                migrations.CreateModel(
                    name='AuditEvidence',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('kind', models.CharField(choices=[('document', 'Document'), ('ledger', 'Ledger entry'), ('pack', 'Evidence pack'), ('incident', 'Incident'), ('other', 'Other')], max_length=10)),
                        ('title', models.CharField(max_length=200)),
                        ('reference', models.TextField()),
                        ('sha256', models.CharField(max_length=64)),
                        ('at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='reports.auditquestion')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='AuditAnswer',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('place', models.IntegerField()),
                        ('kind', models.CharField(choices=[('answer', 'Answer'), ('back', 'Sent back')], default='answer', max_length=6)),
                        ('text', models.TextField()),
                        ('at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('given_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='reports.auditquestion')),
                    ],
                ),
                migrations.CreateModel(
                    name='HistoricalAuditQuestion',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('number', models.CharField(db_index=True, max_length=20)),
                        ('version', models.IntegerField(default=1)),
                        ('state', models.CharField(choices=[('open', 'Waits for an answer'), ('answered', 'Answered'), ('accepted', 'Accepted'), ('withdrawn', 'Withdrawn')], default='open', max_length=10)),
                        ('about', models.CharField(blank=True, choices=[('', 'Nothing in particular'), ('incident', 'Incident'), ('decision', 'Decision'), ('document', 'Document'), ('ledger', 'Ledger entry'), ('pack', 'Evidence pack'), ('control', 'Control'), ('other', 'Something else')], default='', max_length=10)),
                        ('about_key', models.CharField(blank=True, default='', max_length=120)),
                        ('text', models.TextField()),
                        ('asked_at', models.DateTimeField()),
                        ('due_at', models.DateTimeField()),
                        ('settled_at', models.DateTimeField(null=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('asked_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('settled_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                        ('unit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.unit')),
                    ],
                    options={
                        'verbose_name': 'historical audit question',
                        'verbose_name_plural': 'historical audit questions',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.AddIndex(
                    model_name='auditquestion',
                    index=models.Index(fields=['-asked_at', '-id'], name='audit_question_newest'),
                ),
                migrations.AddIndex(
                    model_name='auditquestion',
                    index=models.Index(condition=models.Q(('state', 'open')), fields=['due_at'], name='audit_question_open'),
                ),
                migrations.AddConstraint(
                    model_name='auditquestion',
                    constraint=models.CheckConstraint(condition=models.Q(('unit__isnull', False), ('system__isnull', False), _connector='XOR'), name='audit_question_of_unit_or_system'),
                ),
                migrations.AddConstraint(
                    model_name='auditquestion',
                    constraint=models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('asked_at'))), name='audit_question_due_later'),
                ),
                migrations.AddConstraint(
                    model_name='auditquestion',
                    constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_by__isnull', True), ('state__in', ['open', 'answered'])), models.Q(('settled_by__isnull', False), ('state__in', ['accepted', 'withdrawn'])), _connector='OR'), name='audit_question_settled_by_somebody'),
                ),
                migrations.AddConstraint(
                    model_name='auditanswer',
                    constraint=models.UniqueConstraint(fields=('question', 'place'), name='audit_answer_place'),
                ),
            ]
        ),
        migrations.RunSQL(ASKED, NOTHING_ASKED),
        watch("reports_auditquestion"),
        *(append_only(f"reports_audit{name}") for name in ("answer", "evidence")),
        *(watch(f"reports_audit{name}", points=True) for name in ("answer", "evidence")),
    ]
