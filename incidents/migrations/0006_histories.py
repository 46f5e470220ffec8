import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, begin_history


class Migration(Grouped):

    dependencies = [
        ('incidents', '0005_numbers'),
        ('registry', '0004_guards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='HistoricalAction',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('cycle', models.IntegerField()),
                        ('decision_id', models.UUIDField()),
                        ('position', models.IntegerField()),
                        ('type', models.CharField(choices=[('retrain', 'Retrain'), ('rollback', 'Roll back'), ('suspend', 'Suspend'), ('restrict', 'Restrict use'), ('compensate', 'Compensate'), ('inform', 'Inform those affected'), ('continue', 'Continue with conditions'), ('no_action', 'No action'), ('supplier_fix', "Require the supplier's fix")], max_length=12)),
                        ('words', models.TextField()),
                        ('parameters', models.JSONField(default=dict)),
                        ('verification', models.JSONField(default=list)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('due_at', models.DateTimeField()),
                        ('proof', models.CharField(choices=[('measured', 'measured'), ('proven_stopped', 'proven stopped'), ('programme', 'programme completed'), ('document', 'document, second person')], max_length=16)),
                        ('stopping', models.BooleanField()),
                        ('nonce', models.CharField(max_length=64)),
                        ('state', models.CharField(choices=[('ordered', 'Ordered'), ('dispatched', 'Dispatched'), ('confirmed', 'Confirmed'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='ordered', max_length=10)),
                        ('version', models.IntegerField(default=1)),
                        ('ordered_at', models.DateTimeField()),
                        ('dispatched_at', models.DateTimeField(null=True)),
                        ('confirmed_at', models.DateTimeField(null=True)),
                        ('confirmed_how', models.CharField(blank=True, max_length=20)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('confirmed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('executor', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('incident', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.incident')),
                        ('target_version', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.systemversion')),
                    ],
                    options={
                        'verbose_name': 'historical action',
                        'verbose_name_plural': 'historical actions',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalRegulatoryClock',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('aware_at', models.DateTimeField()),
                        ('aware_person', models.CharField(max_length=120)),
                        ('due_at', models.DateTimeField()),
                        ('armed_by', models.CharField(max_length=160)),
                        ('state', models.CharField(choices=[('provisional', 'Provisional'), ('confirmed', 'Confirmed'), ('ended', 'Ended')], default='provisional', max_length=12)),
                        ('ended_reason', models.TextField(blank=True)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('entry_number', models.BigIntegerField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('incident', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.incident')),
                        ('rule', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.clockrule')),
                    ],
                    options={
                        'verbose_name': 'historical regulatory clock',
                        'verbose_name_plural': 'historical regulatory clocks',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalVerificationWindow',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('cycle', models.IntegerField()),
                        ('proof', models.CharField(choices=[('measured', 'measured'), ('proven_stopped', 'proven stopped'), ('programme', 'programme completed'), ('document', 'document, second person')], max_length=16)),
                        ('rule', models.JSONField()),
                        ('series_id', models.BigIntegerField(null=True)),
                        ('starts_at', models.DateTimeField()),
                        ('ends_at', models.DateTimeField()),
                        ('extended', models.BooleanField(default=False)),
                        ('outcome', models.CharField(choices=[('RUNNING', 'running'), ('PASSED', 'passed'), ('FAILED', 'failed'), ('INCONCLUSIVE', 'inconclusive'), ('ERROR', 'error')], default='RUNNING', max_length=12)),
                        ('judged_at', models.DateTimeField(null=True)),
                        ('superseded_at', models.DateTimeField(null=True)),
                        ('figures', models.JSONField(default=dict)),
                        ('forecast', models.TextField(blank=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('action', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.action')),
                        ('incident', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.incident')),
                    ],
                    options={
                        'verbose_name': 'historical verification window',
                        'verbose_name_plural': 'historical verification windows',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
            ]
        ),
        begin_history("incidents", ["Action", "RegulatoryClock", "VerificationWindow"]),
    ]
