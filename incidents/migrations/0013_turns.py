"""Clock pauses, past cycles, recurrences and duplicates, whom an incident waits for; T03 asks anew."""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch

PERSON = settings.AUTH_USER_MODEL


def key(to, name='+', **more):
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=name, to=to, **more)


def past_key(to):
    return models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=to)


class Migration(Grouped):

    dependencies = [
        ("incidents", "0012_measured_kinds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.AddField('incident', 'waiting_since', models.DateTimeField(null=True)),
                migrations.AddField('incident', 'waiting_until', models.DateTimeField(null=True)),
                migrations.AddField('incident', 'recurs_from', key('incidents.incident', 'recurrences', null=True)),
                migrations.AddField('incident', 'duplicate_of', key('incidents.incident', 'duplicates', null=True)),
                migrations.AddField('historicalincident', 'waiting_since', models.DateTimeField(null=True)),
                migrations.AddField('historicalincident', 'waiting_until', models.DateTimeField(null=True)),
                migrations.AddField('historicalincident', 'recurs_from', past_key('incidents.incident')),
                migrations.AddField('historicalincident', 'duplicate_of', past_key('incidents.incident')),
                migrations.RemoveConstraint(model_name='questions', name='questions_once'),
                migrations.AddIndex('questions', models.Index(fields=['incident', 'answered_at'], name='questions_newest')),
                migrations.CreateModel(
                    name='ClockPause',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('cycle', models.IntegerField()),
                        ('stage', models.CharField(max_length=20)),
                        ('reason', models.TextField()),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('entry_number', models.BigIntegerField()),
                        ('approved_by', key(PERSON)),
                        ('asked_by', key(PERSON)),
                        ('incident', key('incidents.incident', 'pauses')),
                    ],
                    options={
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('asked_by', models.F('approved_by')), _negated=True), name='pause_by_two_persons'),
                            models.CheckConstraint(condition=models.Q(('until_at__gt', models.F('from_at'))), name='pause_has_an_end'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalClockPause',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('cycle', models.IntegerField()),
                        ('stage', models.CharField(max_length=20)),
                        ('reason', models.TextField()),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('entry_number', models.BigIntegerField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('approved_by', past_key(PERSON)),
                        ('asked_by', past_key(PERSON)),
                        ('incident', past_key('incidents.incident')),
                    ],
                    options={
                        'verbose_name': 'historical clock pause',
                        'verbose_name_plural': 'historical clock pauses',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='PastCycle',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('cycle', models.IntegerField()),
                        ('plan', models.TextField()),
                        ('plan_sha256', models.CharField(max_length=64)),
                        ('severity', models.CharField(max_length=8)),
                        ('level', models.IntegerField()),
                        ('resolution', models.CharField(blank=True, max_length=40)),
                        ('lessons', models.TextField(blank=True)),
                        ('detection_gap', models.TextField(blank=True)),
                        ('closed_at', models.DateTimeField()),
                        ('reopened_at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('incident', key('incidents.incident', 'past_cycles')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('incident', 'cycle'), name='past_cycle_once')],
                    },
                ),
            ]
        ),
        watch("incidents_clockpause", points=True),
        append_only("incidents_pastcycle"),
        watch("incidents_pastcycle", points=True),
    ]
