"""Frameworks that an organisation brings: watched; what was brought never changes."""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import Grouped, watch

# A version says for ever what it said when it was brought: only how it was decided is written.
FREEZE = """
CREATE TRIGGER reports_ownframework_brought BEFORE UPDATE ON reports_ownframework
  FOR EACH ROW WHEN (OLD.text <> NEW.text OR OLD.sha256 <> NEW.sha256
    OR OLD.document IS DISTINCT FROM NEW.document OR OLD.key <> NEW.key
    OR OLD.version <> NEW.version OR OLD.brought_by_id <> NEW.brought_by_id
    OR (OLD.approved_at IS NOT NULL AND (OLD.approved_by_id IS DISTINCT FROM NEW.approved_by_id
      OR OLD.approved_at IS DISTINCT FROM NEW.approved_at)))
  EXECUTE FUNCTION countersign_refuse_change();
ALTER TABLE reports_ownframework ENABLE ALWAYS TRIGGER reports_ownframework_brought;
CREATE TRIGGER reports_ownframework_kept BEFORE DELETE ON reports_ownframework
  FOR EACH ROW EXECUTE FUNCTION countersign_refuse_change();
ALTER TABLE reports_ownframework ENABLE ALWAYS TRIGGER reports_ownframework_kept;
"""
THAW = """
DROP TRIGGER reports_ownframework_kept ON reports_ownframework;
DROP TRIGGER reports_ownframework_brought ON reports_ownframework;
"""


class Migration(Grouped):
    dependencies = [
        ("reports", "0012_papers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalOwnFramework',
            fields=[
                ('history_request_id', models.CharField(blank=True, max_length=64)),
                ('history_channel', models.CharField(blank=True, max_length=16)),
                ('history_actor', models.TextField(blank=True)),
                ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                ('key', models.SlugField(max_length=20)),
                ('version', models.IntegerField()),
                ('name', models.CharField(max_length=120)),
                ('text', models.TextField()),
                ('sha256', models.CharField(max_length=64)),
                ('document', models.JSONField()),
                ('state', models.CharField(choices=[('proposed', 'Waits for approval'), ('in_force', 'In force'), ('replaced', 'Replaced'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='proposed', max_length=9)),
                ('brought_at', models.DateTimeField()),
                ('brought_because', models.TextField()),
                ('approved_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_reason', models.TextField(blank=True)),
                ('history_user_id', models.UUIDField(null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('approved_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('brought_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical own framework',
                'verbose_name_plural': 'historical own frameworks',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='OwnFramework',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('key', models.SlugField(max_length=20)),
                ('version', models.IntegerField()),
                ('name', models.CharField(max_length=120)),
                ('text', models.TextField()),
                ('sha256', models.CharField(max_length=64)),
                ('document', models.JSONField()),
                ('state', models.CharField(choices=[('proposed', 'Waits for approval'), ('in_force', 'In force'), ('replaced', 'Replaced'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='proposed', max_length=9)),
                ('brought_at', models.DateTimeField()),
                ('brought_because', models.TextField()),
                ('approved_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_reason', models.TextField(blank=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('brought_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key', 'version'), name='own_framework_version'), models.UniqueConstraint(condition=models.Q(('state', 'in_force')), fields=('key',), name='one_own_framework_in_force'), models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('key',), name='one_own_framework_proposed'), models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('brought_by')), _negated=True), _connector='OR'), name='own_framework_by_two_persons'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'in_force'), _negated=True), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False)), _connector='OR'), name='own_framework_in_force_is_approved')],
            },
        ),
        watch("reports_ownframework"),
        migrations.RunSQL(FREEZE, THAW),
    ]
