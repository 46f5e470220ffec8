"""Looks at answers, and reviews: who looked at which event and why; what a second person found."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch

GUARD = """
CREATE FUNCTION telemetry_guard_answer_review() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  verdict text[] := ARRAY['state', 'verdict', 'words', 'reviewed_at'];
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = 'waiting'
     AND to_jsonb(OLD) - verdict = to_jsonb(NEW) - verdict THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a review of an answer stands as it was given: % is refused', TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'answer_review_stands', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER answer_review_stands BEFORE UPDATE OR DELETE ON telemetry_answerreview
  FOR EACH ROW EXECUTE FUNCTION telemetry_guard_answer_review();
ALTER TABLE telemetry_answerreview ENABLE ALWAYS TRIGGER answer_review_stands;
"""
REVERSE = """
DROP TRIGGER answer_review_stands ON telemetry_answerreview;
DROP FUNCTION telemetry_guard_answer_review();
"""


class Migration(Grouped):
    dependencies = [
        ("telemetry", "0011_rollups"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='HistoricalAnswerReview',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('event_at', models.DateTimeField()),
                        ('event_id', models.CharField(max_length=80)),
                        ('reason', models.TextField()),
                        ('sent_at', models.DateTimeField()),
                        ('state', models.CharField(choices=[('waiting', 'Waits for its reviewer'), ('reviewed', 'Reviewed')], default='waiting', max_length=8)),
                        ('verdict', models.CharField(blank=True, choices=[('right', 'It was right'), ('wrong', 'It was wrong'), ('harmful', 'It was wrong and could harm somebody'), ('unclear', 'It cannot be told')], max_length=8)),
                        ('words', models.TextField(blank=True)),
                        ('reviewed_at', models.DateTimeField(null=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('reviewer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('sent_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical answer review',
                        'verbose_name_plural': 'historical answer reviews',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='AnswerLook',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('event_at', models.DateTimeField()),
                        ('event_id', models.CharField(max_length=80)),
                        ('reason', models.TextField()),
                        ('looked_at', models.DateTimeField()),
                        ('looked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answer_looks', to='registry.system')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['system', 'event_at', 'event_id'], name='answer_look_by_event')],
                    },
                ),
                migrations.CreateModel(
                    name='AnswerReview',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('event_at', models.DateTimeField()),
                        ('event_id', models.CharField(max_length=80)),
                        ('reason', models.TextField()),
                        ('sent_at', models.DateTimeField()),
                        ('state', models.CharField(choices=[('waiting', 'Waits for its reviewer'), ('reviewed', 'Reviewed')], default='waiting', max_length=8)),
                        ('verdict', models.CharField(blank=True, choices=[('right', 'It was right'), ('wrong', 'It was wrong'), ('harmful', 'It was wrong and could harm somebody'), ('unclear', 'It cannot be told')], max_length=8)),
                        ('words', models.TextField(blank=True)),
                        ('reviewed_at', models.DateTimeField(null=True)),
                        ('reviewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answer_reviews', to=settings.AUTH_USER_MODEL)),
                        ('sent_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answer_reviews', to='registry.system')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['reviewer', 'state', 'sent_at'], name='answer_review_by_person'), models.Index(fields=['system', 'event_at', 'event_id'], name='answer_review_by_event')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('system', 'event_at', 'event_id'), name='answer_waits_once'), models.CheckConstraint(condition=models.Q(('reviewer', models.F('sent_by')), _negated=True), name='answer_reviewed_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('reviewed_at__isnull', True), ('state', 'waiting'), ('verdict', '')), models.Q(('reviewed_at__isnull', False), ('state', 'reviewed'), models.Q(('verdict', ''), _negated=True)), _connector='OR'), name='answer_verdict_when_reviewed')],
                    },
                ),
            ]
        ),
        append_only("telemetry_answerlook"),
        watch("telemetry_answerlook"),
        watch("telemetry_answerreview"),
        migrations.RunSQL(GUARD, REVERSE),
    ]
