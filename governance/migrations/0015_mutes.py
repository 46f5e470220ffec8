"""Silences with an end, data faults, versions that nobody approved, standings that flap."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch

GUARD = """
CREATE FUNCTION governance_guard_mute() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  later text[] := ARRAY['approved_by_id', 'approved_at', 'ended_by_id', 'ended_at', 'ended_reason'];
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - later = to_jsonb(NEW) - later
     AND OLD.ended_at IS NULL
     AND (OLD.approved_at IS NULL OR OLD.approved_at = NEW.approved_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a silence is never changed, it is ended: % is refused', TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'mute_immutable', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER mute_immutable BEFORE UPDATE OR DELETE ON governance_mute
  FOR EACH ROW EXECUTE FUNCTION governance_guard_mute();
ALTER TABLE governance_mute ENABLE ALWAYS TRIGGER mute_immutable;
"""
REVERSE = """
DROP TRIGGER mute_immutable ON governance_mute;
DROP FUNCTION governance_guard_mute();
"""


class Migration(Grouped):
    dependencies = [
        ("governance", "0014_trends"),
        ("incidents", "0012_measured_kinds"),
        ("telemetry", "0009_voids"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.AddField(
                    model_name="standing",
                    name="flapping",
                    field=models.BooleanField(default=False),
                ),
                migrations.AddField(
                    model_name="historicalstanding",
                    name="flapping",
                    field=models.BooleanField(default=False),
                ),
                migrations.CreateModel(
                    name='Mute',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mutes', to='registry.system')),
                        ('kpi', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.kpi')),
                        ('environment', models.CharField(blank=True, max_length=30)),
                        ('segment', models.CharField(blank=True, max_length=120)),
                        ('reason', models.TextField()),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('second_person', models.BooleanField(default=False)),
                        ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('asked_at', models.DateTimeField()),
                        ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('ended_reason', models.TextField(blank=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['system', 'until_at'], name='mute_by_system'), models.Index(fields=['-asked_at', '-id'], name='mute_newest')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('until_at__gt', models.F('from_at'))), name='mute_ends'), models.CheckConstraint(condition=models.Q(('second_person', False), ('approved_by__isnull', True), models.Q(('approved_by', models.F('asked_by')), _negated=True), _connector='OR'), name='mute_approved_by_another')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalMute',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('environment', models.CharField(blank=True, max_length=30)),
                        ('segment', models.CharField(blank=True, max_length=120)),
                        ('reason', models.TextField()),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('second_person', models.BooleanField(default=False)),
                        ('asked_at', models.DateTimeField()),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('ended_reason', models.TextField(blank=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                        ('kpi', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.kpi')),
                        ('asked_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('approved_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('ended_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ],
                    options={
                        'verbose_name': 'historical mute',
                        'verbose_name_plural': 'historical mutes',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='MutedCase',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('mute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='governance.mute')),
                        ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='muted_by', to='incidents.incident')),
                        ('joined_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('mute', 'incident'), name='muted_once')],
                    },
                ),
                migrations.CreateModel(
                    name='DataFault',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('incident', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='fault', to='incidents.incident')),
                        ('sender_id', models.CharField(max_length=80)),
                        ('source', models.CharField(blank=True, max_length=120)),
                        ('words', models.CharField(max_length=200)),
                        ('heard_at', models.DateTimeField()),
                        ('joined_at', models.DateTimeField()),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='MismatchCause',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mismatches', to='incidents.incident')),
                        ('version_label', models.CharField(max_length=60)),
                        ('parts', models.JSONField(default=dict)),
                        ('sha256', models.CharField(max_length=64)),
                        ('reason', models.CharField(max_length=12)),
                        ('words', models.TextField()),
                        ('first_at', models.DateTimeField()),
                        ('joined_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('incident', 'sha256'), name='mismatch_once')],
                    },
                ),
            ]
        ),
        watch("governance_mute"),
        append_only("governance_mutedcase"),
        watch("governance_mutedcase"),
        append_only("governance_datafault"),
        watch("governance_datafault"),
        append_only("governance_mismatchcause"),
        watch("governance_mismatchcause"),
        migrations.RunSQL(GUARD, REVERSE),
    ]
