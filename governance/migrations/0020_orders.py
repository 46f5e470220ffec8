"""Standing orders, the votes on them, their drills."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch


class Migration(Grouped):
    dependencies = [
        ("governance", "0019_meetings"),
        ("registry", "0016_concerns"),
        ("telemetry", "0009_voids"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='StandingOrder',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('number', models.CharField(max_length=20, unique=True)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('rule', models.CharField(choices=[('instant', 'A reading beyond its instant limit'), ('limit', 'A reading that reaches a limit of this order'), ('boundary', 'An action outside its declared scope')], max_length=10)),
                        ('limit_value', models.FloatField(null=True)),
                        ('action', models.CharField(choices=[('stop', 'Stop'), ('restrict', 'Restrict use'), ('route_to_human', 'Route to a person')], max_length=14)),
                        ('scope', models.CharField(max_length=300)),
                        ('reason', models.TextField()),
                        ('electorate', models.JSONField(default=list)),
                        ('text', models.TextField()),
                        ('text_sha256', models.CharField(max_length=64)),
                        ('put_at', models.DateTimeField()),
                        ('valid_from', models.DateTimeField()),
                        ('valid_until', models.DateTimeField()),
                        ('decided_at', models.DateTimeField(null=True)),
                        ('drilled_at', models.DateTimeField(null=True)),
                        ('state', models.CharField(choices=[('put', 'Put to the vote'), ('adopted', 'Adopted'), ('rejected', 'Not carried'), ('withdrawn', 'Withdrawn')], default='put', max_length=10)),
                        ('withdrawn_at', models.DateTimeField(null=True)),
                        ('withdrawn_reason', models.TextField(blank=True)),
                        ('committee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standing_orders', to='governance.committee')),
                        ('kpi', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.kpi')),
                        ('put_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standing_orders', to='registry.system')),
                        ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('state', 'adopted')), fields=['system'], name='order_in_force')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__gt', models.F('valid_from'))), name='order_ends'), models.CheckConstraint(condition=models.Q(models.Q(('rule', 'limit'), _negated=True), models.Q(('kpi__isnull', False), ('limit_value__isnull', False)), _connector='OR'), name='order_limit_is_named')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalStandingOrder',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('number', models.CharField(db_index=True, max_length=20)),
                        ('environment', models.CharField(default='production', max_length=30)),
                        ('rule', models.CharField(choices=[('instant', 'A reading beyond its instant limit'), ('limit', 'A reading that reaches a limit of this order'), ('boundary', 'An action outside its declared scope')], max_length=10)),
                        ('limit_value', models.FloatField(null=True)),
                        ('action', models.CharField(choices=[('stop', 'Stop'), ('restrict', 'Restrict use'), ('route_to_human', 'Route to a person')], max_length=14)),
                        ('scope', models.CharField(max_length=300)),
                        ('reason', models.TextField()),
                        ('electorate', models.JSONField(default=list)),
                        ('text', models.TextField()),
                        ('text_sha256', models.CharField(max_length=64)),
                        ('put_at', models.DateTimeField()),
                        ('valid_from', models.DateTimeField()),
                        ('valid_until', models.DateTimeField()),
                        ('decided_at', models.DateTimeField(null=True)),
                        ('drilled_at', models.DateTimeField(null=True)),
                        ('state', models.CharField(choices=[('put', 'Put to the vote'), ('adopted', 'Adopted'), ('rejected', 'Not carried'), ('withdrawn', 'Withdrawn')], default='put', max_length=10)),
                        ('withdrawn_at', models.DateTimeField(null=True)),
                        ('withdrawn_reason', models.TextField(blank=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('committee', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='governance.committee')),
                        ('kpi', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.kpi')),
                        ('put_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                        ('withdrawn_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical standing order',
                        'verbose_name_plural': 'historical standing orders',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='OrderVote',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('seat_number', models.IntegerField()),
                        ('in_favour', models.BooleanField()),
                        ('reason', models.TextField(blank=True)),
                        ('at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('signature', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.signature')),
                        ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='votes', to='governance.standingorder')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('order', 'seat_number'), name='one_vote_a_seat')],
                    },
                ),
                migrations.CreateModel(
                    name='OrderDrill',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('passed', models.BooleanField()),
                        ('seconds', models.IntegerField()),
                        ('found', models.TextField(blank=True)),
                        ('evidence', models.TextField()),
                        ('at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drills', to='governance.standingorder')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['order', '-at'], name='drill_newest')],
                    },
                ),
            ]
        ),
        append_only("governance_ordervote"),
        append_only("governance_orderdrill"),
        watch("governance_standingorder"),
        watch("governance_ordervote", points=True),
        watch("governance_orderdrill", points=True),
        migrations.RunSQL("CREATE SEQUENCE governance_order_number", "DROP SEQUENCE governance_order_number"),
    ]
