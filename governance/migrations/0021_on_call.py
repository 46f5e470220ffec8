"""On call, calls and their answers, fire drills, the engine's version and its beats."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch


class Migration(Grouped):
    dependencies = [
        ("governance", "0020_orders"),
        ("incidents", "0012_measured_kinds"),
        ("registry", "0016_concerns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='Drill',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drills', to='registry.system')),
                        ('incident', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='rehearsal', to='incidents.incident')),
                        ('purpose', models.TextField()),
                        ('severity', models.CharField(max_length=8)),
                        ('factor', models.IntegerField(default=1)),
                        ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('started_at', models.DateTimeField()),
                        ('state', models.CharField(choices=[('running', 'Running'), ('ended', 'Ended')], default='running', max_length=8)),
                        ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('lessons', models.TextField(blank=True)),
                        ('report', models.JSONField(null=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['-started_at', '-id'], name='fire_drill_newest')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('factor__gte', 1)), name='fire_drill_not_slower')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalDrill',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('purpose', models.TextField()),
                        ('severity', models.CharField(max_length=8)),
                        ('factor', models.IntegerField(default=1)),
                        ('started_at', models.DateTimeField()),
                        ('state', models.CharField(choices=[('running', 'Running'), ('ended', 'Ended')], default='running', max_length=8)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('lessons', models.TextField(blank=True)),
                        ('report', models.JSONField(null=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                        ('incident', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.incident')),
                        ('started_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('ended_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ],
                    options={
                        'verbose_name': 'historical drill',
                        'verbose_name_plural': 'historical drills',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                        'indexes': [],
                        'constraints': [],
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='EngineBeat',
                    fields=[
                        ('process', models.CharField(max_length=20, primary_key=True, serialize=False)),
                        ('at', models.DateTimeField()),
                        ('ok', models.BooleanField(default=True)),
                        ('found', models.JSONField(default=list)),
                    ],
                    options={
                        'indexes': [],
                        'constraints': [],
                    },
                ),
                migrations.CreateModel(
                    name='EngineVersion',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('number', models.IntegerField(unique=True)),
                        ('process', models.CharField(max_length=20)),
                        ('taken_at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [],
                        'constraints': [],
                    },
                ),
                migrations.CreateModel(
                    name='OnCallRota',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('unit', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='on_call_rota', to='registry.unit')),
                        ('zone', models.CharField(max_length=60)),
                        ('sealed_url', models.BinaryField(default=bytes)),
                        ('host', models.CharField(blank=True, max_length=255)),
                        ('version', models.IntegerField(default=1)),
                        ('kept_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('kept_at', models.DateTimeField()),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [],
                        'constraints': [],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalOnCallRota',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('zone', models.CharField(max_length=60)),
                        ('host', models.CharField(blank=True, max_length=255)),
                        ('version', models.IntegerField(default=1)),
                        ('kept_at', models.DateTimeField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('unit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.unit')),
                        ('kept_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ],
                    options={
                        'verbose_name': 'historical on call rota',
                        'verbose_name_plural': 'historical on call rotas',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                        'indexes': [],
                        'constraints': [],
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='OnCallShift',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('rota', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shifts', to='governance.oncallrota')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('uid', models.CharField(blank=True, max_length=255)),
                        ('entered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('entered_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('ended_reason', models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['rota', 'until_at'], name='shift_by_rota')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('until_at__gt', models.F('from_at'))), name='shift_lasts')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalOnCallShift',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField()),
                        ('uid', models.CharField(blank=True, max_length=255)),
                        ('entered_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('ended_reason', models.CharField(blank=True, max_length=200)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('rota', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='governance.oncallrota')),
                        ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('entered_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ],
                    options={
                        'verbose_name': 'historical on call shift',
                        'verbose_name_plural': 'historical on call shifts',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                        'indexes': [],
                        'constraints': [],
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='OnCallFetch',
                    fields=[
                        ('rota', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='fetch', serialize=False, to='governance.oncallrota')),
                        ('next_at', models.DateTimeField()),
                        ('asked_at', models.DateTimeField(null=True)),
                        ('answered_at', models.DateTimeField(null=True)),
                        ('fault', models.TextField(blank=True)),
                        ('unknown', models.JSONField(default=list)),
                    ],
                    options={
                        'indexes': [],
                        'constraints': [],
                    },
                ),
                migrations.CreateModel(
                    name='Call',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='incidents.incident')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('why', models.CharField(max_length=120)),
                        ('key', models.CharField(max_length=120)),
                        ('rule', models.CharField(blank=True, max_length=40)),
                        ('step', models.IntegerField(null=True)),
                        ('repeat', models.IntegerField(default=0)),
                        ('at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('incident', 'key', 'person', 'repeat'), name='called_once')],
                        'indexes': [],
                    },
                ),
                migrations.CreateModel(
                    name='CallAnswer',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('call', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='governance.call')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [],
                        'constraints': [],
                    },
                ),
                migrations.RemoveConstraint(
                    model_name='stepacknowledgement', name='step_acknowledged_once'
                ),
                migrations.AddConstraint(
                    model_name='stepacknowledgement',
                    constraint=models.UniqueConstraint(
                        fields=('incident', 'rule', 'step', 'person', 'at'),
                        name='step_acknowledged_once',
                    ),
                ),
            ]
        ),
        append_only("governance_call"),
        append_only("governance_callanswer"),
        append_only("governance_engineversion"),
        watch("governance_call", points=True),
        watch("governance_callanswer", points=True),
        watch("governance_engineversion", points=True),
        watch("governance_oncallrota"),
        watch("governance_oncallshift"),
        watch("governance_drill"),
    ]
