"""Back-tests, attested rules; thresholds that wait for their baseline."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch

PROGRESS = ["state", "cursor", "done", "attempts", "failure", "finished_at"]


class Migration(Grouped):
    dependencies = [
        ("governance", "0015_mutes"),
        ("telemetry", "0008_baselines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='Backtest',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('kpi_id', models.CharField(max_length=60)),
                        ('series_ids', models.JSONField()),
                        ('stated', models.JSONField()),
                        ('since_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('asked_at', models.DateTimeField()),
                        ('state', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='queued', max_length=8)),
                        ('total', models.BigIntegerField(default=0)),
                        ('done', models.BigIntegerField(default=0)),
                        ('cursor', models.JSONField(default=dict)),
                        ('result', models.JSONField(null=True)),
                        ('failure', models.TextField(blank=True)),
                        ('attempts', models.IntegerField(default=0)),
                        ('finished_at', models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name='RuleAttestation',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('rules', models.JSONField()),
                        ('sha256', models.CharField(max_length=64)),
                        ('statement', models.TextField(blank=True)),
                        ('at', models.DateTimeField()),
                    ],
                ),
                migrations.AddField(
                    model_name='historicalthreshold',
                    name='waits_for',
                    field=models.CharField(blank=True, max_length=10),
                ),
                migrations.AddField(
                    model_name='historicalthresholdversion',
                    name='agreed_baseline',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.baseline'),
                ),
                migrations.AddField(
                    model_name='threshold',
                    name='waits_for',
                    field=models.CharField(blank=True, max_length=10),
                ),
                migrations.AddField(
                    model_name='thresholdversion',
                    name='agreed_baseline',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='threshold_versions', to='telemetry.baseline'),
                ),
                migrations.AddField(
                    model_name='backtest',
                    name='against',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.thresholdversion'),
                ),
                migrations.AddField(
                    model_name='backtest',
                    name='asked_by',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='backtest',
                    name='system',
                    field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='backtests', to='registry.system'),
                ),
                migrations.AddField(
                    model_name='backtest',
                    name='threshold',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='backtests', to='governance.threshold'),
                ),
                migrations.AddField(
                    model_name='backtest',
                    name='version',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='backtests', to='governance.thresholdversion'),
                ),
                migrations.AddField(
                    model_name='ruleattestation',
                    name='person',
                    field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='ruleattestation',
                    name='system',
                    field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rule_attestations', to='registry.system'),
                ),
                migrations.AddIndex(
                    model_name='backtest',
                    index=models.Index(fields=['state', 'asked_at'], name='backtest_queue'),
                ),
                migrations.AddIndex(
                    model_name='backtest',
                    index=models.Index(fields=['system', '-asked_at'], name='backtest_by_system'),
                ),
                migrations.AddIndex(
                    model_name='ruleattestation',
                    index=models.Index(fields=['system', '-at'], name='attested_by_system'),
                ),
            ]
        ),
        watch("governance_backtest", ignored=PROGRESS),
        append_only("governance_ruleattestation"),
        watch("governance_ruleattestation"),
    ]
