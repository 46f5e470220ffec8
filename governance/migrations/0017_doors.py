"""Where telemetry of others comes in: how OTLP is read, what is carried, alerts that came."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch


class Migration(Grouped):
    dependencies = [
        ("governance", "0016_backtests"),
        ("incidents", "0012_measured_kinds"),
        ("registry", "0016_concerns"),
        ("telemetry", "0012_answers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='MetricMapping',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('metric', models.CharField(max_length=200)),
                        ('unit', models.CharField(blank=True, max_length=40)),
                        ('attributes', models.JSONField(default=dict)),
                        ('figure', models.CharField(choices=[('last', 'the last value'), ('mean', 'the mean'), ('lowest', 'the lowest value'), ('highest', 'the highest value'), ('increase', 'the increase'), ('rate', 'the increase a second'), ('count', 'how many were recorded'), ('p50', 'the median'), ('p95', 'the 95th percentile'), ('p99', 'the 99th percentile')], max_length=8)),
                        ('segment_attribute', models.CharField(blank=True, max_length=59)),
                        ('window_seconds', models.IntegerField()),
                        ('factor', models.FloatField(default=1.0)),
                        ('stated_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('ended_reason', models.TextField(blank=True)),
                        ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('kpi', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.kpi')),
                        ('stated_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='metric_mappings', to='registry.system')),
                    ],
                ),
                migrations.CreateModel(
                    name='HistoricalMetricMapping',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('metric', models.CharField(max_length=200)),
                        ('unit', models.CharField(blank=True, max_length=40)),
                        ('attributes', models.JSONField(default=dict)),
                        ('figure', models.CharField(choices=[('last', 'the last value'), ('mean', 'the mean'), ('lowest', 'the lowest value'), ('highest', 'the highest value'), ('increase', 'the increase'), ('rate', 'the increase a second'), ('count', 'how many were recorded'), ('p50', 'the median'), ('p95', 'the 95th percentile'), ('p99', 'the 99th percentile')], max_length=8)),
                        ('segment_attribute', models.CharField(blank=True, max_length=59)),
                        ('window_seconds', models.IntegerField()),
                        ('factor', models.FloatField(default=1.0)),
                        ('stated_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('ended_reason', models.TextField(blank=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('ended_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('kpi', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.kpi')),
                        ('stated_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical metric mapping',
                        'verbose_name_plural': 'historical metric mappings',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalOtlpDoor',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('decisions', models.CharField(choices=[('by_kind', 'as its kind says'), ('model_calls', 'every call of a model'), ('agent_runs', 'every run of an agent'), ('marked', 'only spans that say so themselves')], default='by_kind', max_length=12)),
                        ('version', models.IntegerField(default=0)),
                        ('stated_at', models.DateTimeField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('stated_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical otlp door',
                        'verbose_name_plural': 'historical otlp doors',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalServiceName',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('name', models.CharField(max_length=200)),
                        ('stated_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical service name',
                        'verbose_name_plural': 'historical service names',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='MetricStream',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('key', models.CharField(max_length=64)),
                        ('began_ns', models.BigIntegerField()),
                        ('newest_ns', models.BigIntegerField()),
                        ('total', models.JSONField(null=True)),
                        ('mapping', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='streams', to='governance.metricmapping')),
                    ],
                ),
                migrations.CreateModel(
                    name='MetricWindow',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('environment', models.CharField(max_length=30)),
                        ('segment', models.CharField(blank=True, max_length=120)),
                        ('window_end', models.DateTimeField()),
                        ('tally', models.JSONField()),
                        ('revision', models.IntegerField(default=0)),
                        ('due', models.BooleanField(default=True)),
                        ('mapping', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='windows', to='governance.metricmapping')),
                    ],
                ),
                migrations.CreateModel(
                    name='OtlpDoor',
                    fields=[
                        ('system', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='otlp_door', serialize=False, to='registry.system')),
                        ('decisions', models.CharField(choices=[('by_kind', 'as its kind says'), ('model_calls', 'every call of a model'), ('agent_runs', 'every run of an agent'), ('marked', 'only spans that say so themselves')], default='by_kind', max_length=12)),
                        ('version', models.IntegerField(default=0)),
                        ('stated_at', models.DateTimeField()),
                        ('stated_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='ServiceName',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('name', models.CharField(max_length=200)),
                        ('stated_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='service_names', to='registry.system')),
                    ],
                ),
                migrations.CreateModel(
                    name='SpanPart',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('trace_id', models.CharField(max_length=32)),
                        ('span_id', models.CharField(max_length=16)),
                        ('parent_id', models.CharField(blank=True, max_length=16)),
                        ('part', models.JSONField()),
                        ('received_at', models.DateTimeField()),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.system')),
                    ],
                ),
                migrations.CreateModel(
                    name='AlertNotice',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('fingerprint', models.CharField(max_length=64)),
                        ('name', models.CharField(max_length=200)),
                        ('status', models.CharField(choices=[('firing', 'firing'), ('resolved', 'resolved')], max_length=8)),
                        ('environment', models.CharField(max_length=30)),
                        ('severity', models.CharField(blank=True, max_length=30)),
                        ('labels', models.JSONField()),
                        ('summary', models.TextField(blank=True)),
                        ('starts_at', models.DateTimeField()),
                        ('ends_at', models.DateTimeField(null=True)),
                        ('received_at', models.DateTimeField()),
                        ('sender_id', models.CharField(max_length=80)),
                        ('became', models.CharField(max_length=10)),
                        ('reason', models.TextField(blank=True)),
                        ('incident', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='incidents.incident')),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='registry.system')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['system', '-received_at', '-id'], name='alert_newest_first'), models.Index(fields=['incident'], name='alert_by_incident')],
                        'constraints': [models.UniqueConstraint(fields=('system', 'fingerprint', 'starts_at', 'status'), name='alert_notice_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Arrival',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('door', models.CharField(choices=[('traces', 'Spans'), ('metrics', 'Metrics'), ('alerts', 'Alerts')], max_length=8)),
                        ('name', models.CharField(max_length=200)),
                        ('unit', models.CharField(blank=True, max_length=40)),
                        ('taken', models.BigIntegerField(default=0)),
                        ('not_taken', models.BigIntegerField(default=0)),
                        ('reason', models.TextField(blank=True)),
                        ('first_at', models.DateTimeField()),
                        ('last_at', models.DateTimeField()),
                        ('refused_at', models.DateTimeField(null=True)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='arrivals', to='registry.system')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('system', 'door', 'name'), name='arrival_once')],
                    },
                ),
                migrations.AddIndex(
                    model_name='metricmapping',
                    index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['system', 'metric'], name='mapping_in_force'),
                ),
                migrations.AddConstraint(
                    model_name='metricstream',
                    constraint=models.UniqueConstraint(fields=('mapping', 'key'), name='metric_stream_once'),
                ),
                migrations.AddIndex(
                    model_name='metricwindow',
                    index=models.Index(condition=models.Q(('due', True)), fields=['window_end'], name='metric_window_due'),
                ),
                migrations.AddConstraint(
                    model_name='metricwindow',
                    constraint=models.UniqueConstraint(fields=('mapping', 'environment', 'segment', 'window_end'), name='metric_window_once'),
                ),
                migrations.AddIndex(
                    model_name='servicename',
                    index=models.Index(fields=['name'], name='service_by_name'),
                ),
                migrations.AddConstraint(
                    model_name='servicename',
                    constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('system', 'name'), name='service_name_once'),
                ),
                migrations.AddIndex(
                    model_name='spanpart',
                    index=models.Index(fields=['received_at'], name='span_part_by_age'),
                ),
                migrations.AddConstraint(
                    model_name='spanpart',
                    constraint=models.UniqueConstraint(fields=('system', 'trace_id', 'span_id'), name='span_part_once'),
                ),
            ]
        ),
        append_only("governance_alertnotice"),
        watch("governance_alertnotice"),
        watch("governance_otlpdoor", key="system_id"),
        watch("governance_servicename"),
        watch("governance_metricmapping"),
    ]
