"""More kinds of actions, how they end; probes; remediation programmes."""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch


class Migration(Grouped):
    dependencies = [
        ("incidents", "0014_containment"),
        ("registry", "0016_concerns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='ProbeEndpoint',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('url', models.CharField(max_length=500)),
                        ('secrets', models.BinaryField(default=bytes)),
                        ('every_seconds', models.IntegerField(default=60)),
                        ('active', models.BooleanField(default=True)),
                        ('version', models.IntegerField(default=1)),
                        ('set_at', models.DateTimeField()),
                        ('set_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='probes', to='registry.system')),
                    ],
                ),
                migrations.AddField(
                    model_name='action',
                    name='compensates',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.action'),
                ),
                migrations.AddField(
                    model_name='action',
                    name='ended_at',
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name='action',
                    name='ended_reason',
                    field=models.TextField(blank=True),
                ),
                migrations.AddField(
                    model_name='historicalaction',
                    name='compensates',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.action'),
                ),
                migrations.AddField(
                    model_name='historicalaction',
                    name='ended_at',
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name='historicalaction',
                    name='ended_reason',
                    field=models.TextField(blank=True),
                ),
                migrations.AlterField(
                    model_name='action',
                    name='type',
                    field=models.CharField(choices=[('retrain', 'Retrain'), ('rollback', 'Roll back'), ('suspend', 'Suspend'), ('restrict', 'Restrict use'), ('compensate', 'Compensate'), ('inform', 'Inform those affected'), ('continue', 'Continue with conditions'), ('no_action', 'No action'), ('supplier_fix', "Require the supplier's fix"), ('pin', 'Switch to a version and keep it'), ('adjust', 'Adjust rules or thresholds of the system'), ('retire', 'Retire'), ('resume', 'Resume'), ('exception', 'Policy exception')], max_length=12),
                ),
                migrations.AlterField(
                    model_name='historicalaction',
                    name='type',
                    field=models.CharField(choices=[('retrain', 'Retrain'), ('rollback', 'Roll back'), ('suspend', 'Suspend'), ('restrict', 'Restrict use'), ('compensate', 'Compensate'), ('inform', 'Inform those affected'), ('continue', 'Continue with conditions'), ('no_action', 'No action'), ('supplier_fix', "Require the supplier's fix"), ('pin', 'Switch to a version and keep it'), ('adjust', 'Adjust rules or thresholds of the system'), ('retire', 'Retire'), ('resume', 'Resume'), ('exception', 'Policy exception')], max_length=12),
                ),
                migrations.CreateModel(
                    name='HistoricalProbeEndpoint',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('url', models.CharField(max_length=500)),
                        ('every_seconds', models.IntegerField(default=60)),
                        ('active', models.BooleanField(default=True)),
                        ('version', models.IntegerField(default=1)),
                        ('set_at', models.DateTimeField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('set_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical probe endpoint',
                        'verbose_name_plural': 'historical probe endpoints',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalRemediationProgramme',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('harm', models.TextField()),
                        ('population_rule', models.TextField()),
                        ('population_source', models.CharField(max_length=200)),
                        ('population_sha256', models.CharField(max_length=64)),
                        ('population', models.IntegerField()),
                        ('affected_from', models.DateTimeField()),
                        ('affected_until', models.DateTimeField(null=True)),
                        ('method', models.TextField()),
                        ('formula', models.TextField()),
                        ('estimate', models.DecimalField(decimal_places=2, max_digits=16)),
                        ('approved_amount', models.DecimalField(decimal_places=2, max_digits=16)),
                        ('currency', models.CharField(max_length=3)),
                        ('letter_version', models.CharField(max_length=60)),
                        ('rest', models.TextField(blank=True)),
                        ('state', models.CharField(choices=[('planned', 'Planned'), ('running', 'Running'), ('reconciled', 'Reconciled')], default='planned', max_length=10)),
                        ('version', models.IntegerField(default=1)),
                        ('planned_at', models.DateTimeField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('action', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.action')),
                        ('planned_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical remediation programme',
                        'verbose_name_plural': 'historical remediation programmes',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='RemediationProgramme',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('harm', models.TextField()),
                        ('population_rule', models.TextField()),
                        ('population_source', models.CharField(max_length=200)),
                        ('population_sha256', models.CharField(max_length=64)),
                        ('population', models.IntegerField()),
                        ('affected_from', models.DateTimeField()),
                        ('affected_until', models.DateTimeField(null=True)),
                        ('method', models.TextField()),
                        ('formula', models.TextField()),
                        ('estimate', models.DecimalField(decimal_places=2, max_digits=16)),
                        ('approved_amount', models.DecimalField(decimal_places=2, max_digits=16)),
                        ('currency', models.CharField(max_length=3)),
                        ('letter_version', models.CharField(max_length=60)),
                        ('rest', models.TextField(blank=True)),
                        ('state', models.CharField(choices=[('planned', 'Planned'), ('running', 'Running'), ('reconciled', 'Reconciled')], default='planned', max_length=10)),
                        ('version', models.IntegerField(default=1)),
                        ('planned_at', models.DateTimeField()),
                        ('action', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='programme', to='incidents.action')),
                        ('planned_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                ),
                migrations.CreateModel(
                    name='Reconciliation',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('side', models.CharField(choices=[('finance', 'Finance'), ('compliance', 'Compliance')], max_length=10)),
                        ('figures', models.JSONField()),
                        ('record_sha256', models.CharField(max_length=64)),
                        ('signed_at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('signature', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.signature')),
                        ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reconciliations', to='incidents.remediationprogramme')),
                    ],
                ),
                migrations.CreateModel(
                    name='ProgrammeBatch',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('number', models.IntegerField()),
                        ('sent', models.IntegerField()),
                        ('answered', models.IntegerField()),
                        ('settled', models.IntegerField()),
                        ('unreachable', models.IntegerField()),
                        ('refused', models.IntegerField()),
                        ('amount', models.DecimalField(decimal_places=2, max_digits=16)),
                        ('letter_version', models.CharField(max_length=60)),
                        ('evidence', models.TextField()),
                        ('evidence_sha256', models.CharField(blank=True, max_length=64)),
                        ('note', models.TextField(blank=True)),
                        ('recorded_at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='incidents.remediationprogramme')),
                    ],
                ),
                migrations.CreateModel(
                    name='ProbeState',
                    fields=[
                        ('endpoint', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='state', serialize=False, to='incidents.probeendpoint')),
                        ('next_at', models.DateTimeField()),
                        ('leased_until', models.DateTimeField(null=True)),
                        ('attempts', models.IntegerField(default=0)),
                        ('failures', models.IntegerField(default=0)),
                        ('failure', models.TextField(blank=True)),
                        ('answered_at', models.DateTimeField(null=True)),
                        ('answer', models.JSONField(null=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['next_at'], name='probe_due')],
                    },
                ),
                migrations.AddConstraint(
                    model_name='probeendpoint',
                    constraint=models.UniqueConstraint(fields=('system', 'environment'), name='one_probe_endpoint'),
                ),
                migrations.AddConstraint(
                    model_name='probeendpoint',
                    constraint=models.CheckConstraint(condition=models.Q(('every_seconds__gte', 10)), name='probe_not_hasty'),
                ),
                migrations.AddConstraint(
                    model_name='remediationprogramme',
                    constraint=models.CheckConstraint(condition=models.Q(('population__gt', 0)), name='programme_is_for_somebody'),
                ),
                migrations.AddConstraint(
                    model_name='remediationprogramme',
                    constraint=models.CheckConstraint(condition=models.Q(('approved_amount__gte', 0), ('estimate__gte', 0)), name='programme_amounts'),
                ),
                migrations.AddConstraint(
                    model_name='reconciliation',
                    constraint=models.UniqueConstraint(fields=('programme', 'side', 'record_sha256'), name='reconciled_once_a_side'),
                ),
                migrations.AddConstraint(
                    model_name='programmebatch',
                    constraint=models.UniqueConstraint(fields=('programme', 'number'), name='programme_batch_number'),
                ),
                migrations.AddConstraint(
                    model_name='programmebatch',
                    constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('answered__gte', 0), ('refused__gte', 0), ('sent__gte', 0), ('settled__gte', 0), ('unreachable__gte', 0)), name='programme_batch_counts'),
                ),
            ]
        ),
        append_only("incidents_programmebatch"),
        append_only("incidents_reconciliation"),
        watch("incidents_probeendpoint"),
        watch("incidents_remediationprogramme"),
        watch("incidents_programmebatch", points=True),
        watch("incidents_reconciliation", points=True),
    ]
