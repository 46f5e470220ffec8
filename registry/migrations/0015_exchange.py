"""Imports with their rows, history recorded elsewhere, model registries, exports."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, printed_names, watch

WORK = ["progress", "failure", "leased_until", "attempts"]


class Migration(Grouped):
    dependencies = [
        ("registry", "0014_sign_in"),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='HistoricalModelRegistry',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('name', models.CharField(db_index=True, max_length=80)),
                        ('url', models.URLField(max_length=500)),
                        ('sign_in', models.CharField(choices=[('none', 'None'), ('token', 'Bearer token'), ('basic', 'Name and password')], default='none', max_length=5)),
                        ('active', models.BooleanField(default=True)),
                        ('created_at', models.DateTimeField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ],
                    options={
                        'verbose_name': 'historical model registry',
                        'verbose_name_plural': 'historical model registrys',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='ModelRegistry',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('name', models.CharField(max_length=80, unique=True)),
                        ('url', models.URLField(max_length=500)),
                        ('sign_in', models.CharField(choices=[('none', 'None'), ('token', 'Bearer token'), ('basic', 'Name and password')], default='none', max_length=5)),
                        ('secrets', models.BinaryField(default=bytes)),
                        ('active', models.BooleanField(default=True)),
                        ('created_at', models.DateTimeField()),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Import',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('name', models.CharField(max_length=200)),
                        ('format', models.CharField(choices=[('csv', 'CSV'), ('yaml', 'YAML'), ('xlsx', 'Spreadsheet'), ('mlflow', 'MLflow registry')], max_length=6)),
                        ('sha256', models.CharField(max_length=64)),
                        ('size', models.BigIntegerField()),
                        ('notes', models.JSONField(default=list)),
                        ('columns', models.JSONField(default=list)),
                        ('options', models.JSONField(default=dict)),
                        ('counts', models.JSONField(default=dict)),
                        ('version', models.IntegerField(default=1)),
                        ('state', models.CharField(choices=[('read', 'Read, not applied'), ('applying', 'Being applied'), ('applied', 'Applied'), ('withdrawn', 'Withdrawn')], default='read', max_length=10)),
                        ('uploaded_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('rows_gone', models.BooleanField(default=False)),
                        ('progress', models.IntegerField(default=0)),
                        ('failure', models.TextField(blank=True)),
                        ('leased_until', models.DateTimeField(null=True)),
                        ('attempts', models.IntegerField(default=0)),
                        ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='imports', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['-uploaded_at', 'id'], name='import_by_time'), models.Index(fields=['sha256'], name='import_by_content')],
                    },
                ),
                migrations.CreateModel(
                    name='OrganisationExport',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('requested_at', models.DateTimeField()),
                        ('reason', models.TextField()),
                        ('state', models.CharField(choices=[('queued', 'Waiting'), ('writing', 'Being written'), ('ready', 'Ready'), ('failed', 'Failed')], default='queued', max_length=8)),
                        ('step', models.CharField(blank=True, max_length=120)),
                        ('progress', models.IntegerField(default=0)),
                        ('failure', models.TextField(blank=True)),
                        ('leased_until', models.DateTimeField(null=True)),
                        ('attempts', models.IntegerField(default=0)),
                        ('finished_at', models.DateTimeField(null=True)),
                        ('path', models.TextField(blank=True)),
                        ('sha256', models.CharField(blank=True, max_length=64)),
                        ('size', models.BigIntegerField(null=True)),
                        ('rows', models.BigIntegerField(null=True)),
                        ('checkpoint_size', models.BigIntegerField(null=True)),
                        ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['state', 'requested_at'], name='organisation_export_queue')],
                    },
                ),
                migrations.CreateModel(
                    name='ImportRow',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('units', 'Units'), ('people', 'People'), ('systems', 'Systems'), ('versions', 'Versions'), ('history', 'History')], max_length=8)),
                        ('number', models.IntegerField()),
                        ('raw', models.JSONField()),
                        ('hidden', models.BooleanField(default=False)),
                        ('passed', models.TextField(blank=True)),
                        ('values', models.JSONField(default=dict)),
                        ('problems', models.JSONField(default=list)),
                        ('notes', models.JSONField(default=list)),
                        ('action', models.CharField(choices=[('create', 'Make'), ('update', 'Change'), ('same', 'Nothing to change'), ('skip', 'Leave out'), ('blocked', 'Cannot be taken in')], default='blocked', max_length=8)),
                        ('target', models.CharField(blank=True, max_length=120)),
                        ('of', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='registry.import')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('of', 'kind', 'number'), name='import_row_number')],
                    },
                ),
                migrations.CreateModel(
                    name='RecordedElsewhere',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('kind', models.CharField(choices=[('deployment', 'Deployment'), ('approval', 'Approval'), ('decision', 'Decision'), ('incident', 'Incident'), ('other', 'Something else')], max_length=10)),
                        ('began_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('label', models.CharField(blank=True, max_length=60)),
                        ('environment', models.CharField(blank=True, max_length=30)),
                        ('said_by', models.CharField(blank=True, max_length=200)),
                        ('text', models.TextField(blank=True)),
                        ('source', models.CharField(max_length=200)),
                        ('row', models.IntegerField(null=True)),
                        ('fingerprint', models.CharField(max_length=64)),
                        ('recorded_at', models.DateTimeField()),
                        ('of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='recorded_elsewhere', to='registry.import')),
                        ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recorded_elsewhere', to='registry.system')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['system', '-began_at'], name='elsewhere_by_time')],
                        'constraints': [models.UniqueConstraint(fields=('system', 'fingerprint'), name='elsewhere_once')],
                    },
                ),
            ]
        ),
        watch("registry_import", ignored=WORK),
        watch("registry_modelregistry"),
        append_only("registry_recordedelsewhere"),
        watch("registry_recordedelsewhere"),
        printed_names("registry_recordedelsewhere", "text:said_by:", "text:text:"),
        watch("registry_organisationexport", ignored=["state", "step", *WORK]),
    ]
