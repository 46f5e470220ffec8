"""Connectors and uploads."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, watch

WORK = [
    "done", "accepted", "repeated", "quarantined", "rejected", "failure", "leased_until", "attempts",
]


class Migration(Grouped):
    dependencies = [
        ("telemetry", "0009_voids"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='Connector',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('name', models.CharField(max_length=80, unique=True)),
                        ('kind', models.CharField(choices=[('prometheus', 'Prometheus'), ('mlflow', 'MLflow'), ('evidently', 'Evidently')], max_length=12)),
                        ('url', models.CharField(max_length=500)),
                        ('sign_in', models.CharField(choices=[('none', 'None'), ('token', 'Bearer token'), ('basic', 'Name and password')], default='none', max_length=5)),
                        ('secrets', models.BinaryField(default=bytes)),
                        ('every_seconds', models.IntegerField()),
                        ('lines', models.JSONField()),
                        ('active', models.BooleanField(default=True)),
                        ('version', models.IntegerField(default=1)),
                        ('created_at', models.DateTimeField()),
                        ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='connectors', to='registry.system')),
                    ],
                ),
                migrations.CreateModel(
                    name='ConnectorRun',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('started_at', models.DateTimeField()),
                        ('failure', models.TextField(blank=True)),
                        ('fetched', models.IntegerField(default=0)),
                        ('accepted', models.IntegerField(default=0)),
                        ('repeated', models.IntegerField(default=0)),
                        ('quarantined', models.IntegerField(default=0)),
                        ('rejected', models.IntegerField(default=0)),
                        ('refused', models.JSONField(default=list)),
                        ('notes', models.JSONField(default=list)),
                        ('batch_id', models.UUIDField(null=True)),
                        ('connector', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='telemetry.connector')),
                    ],
                ),
                migrations.CreateModel(
                    name='HistoricalConnector',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('name', models.CharField(db_index=True, max_length=80)),
                        ('kind', models.CharField(choices=[('prometheus', 'Prometheus'), ('mlflow', 'MLflow'), ('evidently', 'Evidently')], max_length=12)),
                        ('url', models.CharField(max_length=500)),
                        ('sign_in', models.CharField(choices=[('none', 'None'), ('token', 'Bearer token'), ('basic', 'Name and password')], default='none', max_length=5)),
                        ('every_seconds', models.IntegerField()),
                        ('lines', models.JSONField()),
                        ('active', models.BooleanField(default=True)),
                        ('version', models.IntegerField(default=1)),
                        ('created_at', models.DateTimeField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('created_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical connector',
                        'verbose_name_plural': 'historical connectors',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='Upload',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('name', models.CharField(max_length=200)),
                        ('kind', models.CharField(choices=[('measurements', 'Readings'), ('decisions', 'Decision events')], max_length=12)),
                        ('sha256', models.CharField(max_length=64)),
                        ('size', models.BigIntegerField()),
                        ('columns', models.JSONField(default=list)),
                        ('options', models.JSONField(default=dict)),
                        ('notes', models.JSONField(default=list)),
                        ('rows', models.IntegerField()),
                        ('faults', models.IntegerField(default=0)),
                        ('version', models.IntegerField(default=1)),
                        ('state', models.CharField(choices=[('read', 'Read, not taken in'), ('importing', 'Being taken in'), ('imported', 'Taken in'), ('withdrawn', 'Put aside')], default='read', max_length=9)),
                        ('uploaded_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('rows_gone', models.BooleanField(default=False)),
                        ('done', models.IntegerField(default=0)),
                        ('accepted', models.IntegerField(default=0)),
                        ('repeated', models.IntegerField(default=0)),
                        ('quarantined', models.IntegerField(default=0)),
                        ('rejected', models.IntegerField(default=0)),
                        ('failure', models.TextField(blank=True)),
                        ('leased_until', models.DateTimeField(null=True)),
                        ('attempts', models.IntegerField(default=0)),
                        ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to=settings.AUTH_USER_MODEL)),
                    ],
                ),
                migrations.CreateModel(
                    name='UploadChunk',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('place', models.IntegerField()),
                        ('lines', models.JSONField()),
                        ('of', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chunks', to='telemetry.upload')),
                    ],
                ),
                migrations.CreateModel(
                    name='UploadFault',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.IntegerField()),
                        ('field', models.CharField(blank=True, max_length=60)),
                        ('reason', models.TextField()),
                        ('at_import', models.BooleanField(default=False)),
                        ('of', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='faults_told', to='telemetry.upload')),
                    ],
                ),
                migrations.CreateModel(
                    name='ConnectorState',
                    fields=[
                        ('connector', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='state', serialize=False, to='telemetry.connector')),
                        ('next_at', models.DateTimeField()),
                        ('leased_until', models.DateTimeField(null=True)),
                        ('attempts', models.IntegerField(default=0)),
                        ('failures', models.IntegerField(default=0)),
                        ('failing_since', models.DateTimeField(null=True)),
                        ('failure', models.TextField(blank=True)),
                        ('polled_at', models.DateTimeField(null=True)),
                        ('answered_at', models.DateTimeField(null=True)),
                        ('marks', models.JSONField(default=dict)),
                        ('accepted_at', models.DateTimeField(null=True)),
                        ('accepted_row', models.JSONField(null=True)),
                        ('rejected_at', models.DateTimeField(null=True)),
                        ('rejected_row', models.JSONField(null=True)),
                        ('rejected_why', models.TextField(blank=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['next_at'], name='connector_due')],
                    },
                ),
                migrations.AddIndex(
                    model_name='connector',
                    index=models.Index(fields=['system', 'name'], name='connector_by_system'),
                ),
                migrations.AddConstraint(
                    model_name='connector',
                    constraint=models.CheckConstraint(condition=models.Q(('every_seconds__gte', 30)), name='connector_not_hasty'),
                ),
                migrations.AddIndex(
                    model_name='connectorrun',
                    index=models.Index(fields=['connector', '-id'], name='connector_run_newest'),
                ),
                migrations.AddIndex(
                    model_name='upload',
                    index=models.Index(fields=['-uploaded_at', 'id'], name='upload_by_time'),
                ),
                migrations.AddIndex(
                    model_name='upload',
                    index=models.Index(condition=models.Q(('state', 'importing')), fields=['uploaded_at'], name='upload_queue'),
                ),
                migrations.AddConstraint(
                    model_name='uploadchunk',
                    constraint=models.UniqueConstraint(fields=('of', 'place'), name='upload_chunk_place'),
                ),
                migrations.AddIndex(
                    model_name='uploadfault',
                    index=models.Index(fields=['of', 'number'], name='upload_fault_by_line'),
                ),
            ]
        ),
        watch("telemetry_connector"),
        watch("telemetry_upload", ignored=WORK),
    ]
