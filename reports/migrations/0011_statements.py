"""Statements of applicability, uploads to controls, gaps: watched; what is signed never changes."""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import Grouped, watch

# What a statement says is open while it is a draft; afterwards only its end is written.
FREEZE = """
CREATE TRIGGER reports_applicability_signed BEFORE UPDATE ON reports_applicabilitystatement
  FOR EACH ROW WHEN (OLD.state <> 'draft' AND (OLD.lines IS DISTINCT FROM NEW.lines
    OR OLD.sha256 <> NEW.sha256 OR OLD.framework_id <> NEW.framework_id
    OR OLD.version <> NEW.version OR OLD.signature_id IS DISTINCT FROM NEW.signature_id
    OR OLD.author_id <> NEW.author_id OR OLD.approved_by_id IS DISTINCT FROM NEW.approved_by_id
    OR OLD.approved_at IS DISTINCT FROM NEW.approved_at))
  EXECUTE FUNCTION countersign_refuse_change();
ALTER TABLE reports_applicabilitystatement ENABLE ALWAYS TRIGGER reports_applicability_signed;
CREATE TRIGGER reports_applicability_kept BEFORE DELETE ON reports_applicabilitystatement
  FOR EACH ROW EXECUTE FUNCTION countersign_refuse_change();
ALTER TABLE reports_applicabilitystatement ENABLE ALWAYS TRIGGER reports_applicability_kept;
"""
THAW = """
DROP TRIGGER reports_applicability_kept ON reports_applicabilitystatement;
DROP TRIGGER reports_applicability_signed ON reports_applicabilitystatement;
"""


class Migration(Grouped):
    dependencies = [
        ("registry", "0019_frameworks"),
        ("reports", "0010_room"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalApplicabilityStatement',
            fields=[
                ('history_request_id', models.CharField(blank=True, max_length=64)),
                ('history_channel', models.CharField(blank=True, max_length=16)),
                ('history_actor', models.TextField(blank=True)),
                ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                ('version', models.IntegerField()),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('in_force', 'In force'), ('replaced', 'Replaced'), ('withdrawn', 'Withdrawn')], default='draft', max_length=9)),
                ('lines', models.JSONField(default=dict)),
                ('revision', models.IntegerField(default=1)),
                ('drafted_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_reason', models.TextField(blank=True)),
                ('history_user_id', models.UUIDField(null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('approved_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('author', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('framework', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.framework')),
                ('signature', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.signature')),
            ],
            options={
                'verbose_name': 'historical applicability statement',
                'verbose_name_plural': 'historical applicability statements',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalControlUpload',
            fields=[
                ('history_request_id', models.CharField(blank=True, max_length=64)),
                ('history_channel', models.CharField(blank=True, max_length=16)),
                ('history_actor', models.TextField(blank=True)),
                ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                ('title', models.CharField(max_length=200)),
                ('link', models.CharField(blank=True, max_length=2000)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('file_name', models.CharField(blank=True, max_length=200)),
                ('media_type', models.CharField(blank=True, max_length=120)),
                ('size', models.BigIntegerField(default=0)),
                ('valid_until', models.DateField(null=True)),
                ('state', models.CharField(choices=[('waiting', 'Waits for review'), ('reviewed', 'Reviewed'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='waiting', max_length=9)),
                ('uploaded_at', models.DateTimeField()),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('said', models.TextField(blank=True)),
                ('history_user_id', models.UUIDField(null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('provision', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.provision')),
                ('reviewed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('uploaded_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical control upload',
                'verbose_name_plural': 'historical control uploads',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalEvidenceGap',
            fields=[
                ('history_request_id', models.CharField(blank=True, max_length=64)),
                ('history_channel', models.CharField(blank=True, max_length=16)),
                ('history_actor', models.TextField(blank=True)),
                ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                ('due_at', models.DateTimeField()),
                ('note', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('open', 'Open'), ('closed', 'Closed')], default='open', max_length=6)),
                ('version', models.IntegerField(default=1)),
                ('assigned_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_reason', models.TextField(blank=True)),
                ('history_user_id', models.UUIDField(null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('assigned_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('closed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('provision', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.provision')),
                ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
            ],
            options={
                'verbose_name': 'historical evidence gap',
                'verbose_name_plural': 'historical evidence gaps',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='ApplicabilityStatement',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('version', models.IntegerField()),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('in_force', 'In force'), ('replaced', 'Replaced'), ('withdrawn', 'Withdrawn')], default='draft', max_length=9)),
                ('lines', models.JSONField(default=dict)),
                ('revision', models.IntegerField(default=1)),
                ('drafted_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_reason', models.TextField(blank=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('framework', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.framework')),
                ('signature', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.signature')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('author')), _negated=True), _connector='OR'), name='applicability_by_two_persons'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'in_force'), _negated=True), models.Q(models.Q(('sha256', ''), _negated=True), ('approved_at__isnull', False), ('approved_by__isnull', False), ('signature__isnull', False)), _connector='OR'), name='applicability_in_force_is_signed'), models.UniqueConstraint(fields=('framework', 'version'), name='applicability_version'), models.UniqueConstraint(condition=models.Q(('state', 'in_force')), fields=('framework',), name='one_applicability_in_force'), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('framework',), name='one_applicability_draft')],
            },
        ),
        migrations.CreateModel(
            name='ControlUpload',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=200)),
                ('link', models.CharField(blank=True, max_length=2000)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('file_name', models.CharField(blank=True, max_length=200)),
                ('media_type', models.CharField(blank=True, max_length=120)),
                ('size', models.BigIntegerField(default=0)),
                ('valid_until', models.DateField(null=True)),
                ('state', models.CharField(choices=[('waiting', 'Waits for review'), ('reviewed', 'Reviewed'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='waiting', max_length=9)),
                ('uploaded_at', models.DateTimeField()),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('said', models.TextField(blank=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('provision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.provision')),
                ('reviewed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['provision', 'state'], name='control_upload_of')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reviewed_by__isnull', True), models.Q(('reviewed_by', models.F('uploaded_by')), _negated=True), _connector='OR'), name='control_upload_by_two_persons'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'reviewed'), _negated=True), models.Q(('reviewed_at__isnull', False), ('reviewed_by__isnull', False)), _connector='OR'), name='control_upload_counts_reviewed'), models.CheckConstraint(condition=models.Q(models.Q(('link', ''), models.Q(('sha256', ''), _negated=True)), models.Q(models.Q(('link', ''), _negated=True), ('sha256', '')), _connector='OR'), name='control_upload_file_or_link')],
            },
        ),
        migrations.CreateModel(
            name='EvidenceGap',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('due_at', models.DateTimeField()),
                ('note', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('open', 'Open'), ('closed', 'Closed')], default='open', max_length=6)),
                ('version', models.IntegerField(default=1)),
                ('assigned_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_reason', models.TextField(blank=True)),
                ('assigned_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('provision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.provision')),
                ('system', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.system')),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'due_at', 'id'], name='evidence_gap_by_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), models.Q(('closed_reason', ''), _negated=True)), _connector='OR'), name='evidence_gap_closed_with_reason'), models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('provision', 'system'), name='one_open_evidence_gap', nulls_distinct=False)],
            },
        ),
        watch("reports_applicabilitystatement"),
        watch("reports_controlupload"),
        watch("reports_evidencegap"),
        migrations.RunSQL(FREEZE, THAW),
    ]
