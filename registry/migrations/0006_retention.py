"""Retention rules, legal holds, requests to erase; which columns of evidence hold a name."""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import Grouped, printed_names


class Migration(Grouped):

    dependencies = [
        ('registry', '0005_net'),
        ('ledger', '0008_erasing'),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalRetentionRule',
            fields=[
                ('history_request_id', models.CharField(blank=True, max_length=64)),
                ('history_channel', models.CharField(blank=True, max_length=16)),
                ('history_actor', models.TextField(blank=True)),
                ('kind', models.SlugField(max_length=40)),
                ('name', models.CharField(max_length=80)),
                ('holds', models.TextField()),
                ('keep_days', models.IntegerField()),
                ('shipped_days', models.IntegerField()),
                ('floor_days', models.IntegerField()),
                ('counted_from', models.CharField(max_length=160)),
                ('bases', models.JSONField(default=list)),
                ('longer', models.TextField(blank=True)),
                ('drops', models.BooleanField(default=True)),
                ('fixed', models.BooleanField(default=False)),
                ('personal', models.BooleanField(default=False)),
                ('place', models.IntegerField(default=0)),
                ('release', models.CharField(max_length=40)),
                ('reason', models.TextField(blank=True)),
                ('history_user_id', models.UUIDField(null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical retention rule',
                'verbose_name_plural': 'historical retention rules',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalErasureRequest',
            fields=[
                ('history_request_id', models.CharField(blank=True, max_length=64)),
                ('history_channel', models.CharField(blank=True, max_length=16)),
                ('history_actor', models.TextField(blank=True)),
                ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                ('basis', models.CharField(choices=[('request', 'The person asked for it (GDPR Art. 17(1))'), ('not_needed', 'No longer needed (GDPR Art. 17(1)(a))'), ('objection', 'The person objected (GDPR Art. 17(1)(c))'), ('unlawful', 'Processed unlawfully (GDPR Art. 17(1)(d))'), ('obligation', 'Another law orders it (GDPR Art. 17(1)(e))')], max_length=12)),
                ('reason', models.TextField()),
                ('state', models.CharField(choices=[('asked', 'Waits for a second person'), ('done', 'Erased'), ('declined', 'Declined')], default='asked', max_length=8)),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_reason', models.TextField(blank=True)),
                ('history_user_id', models.UUIDField(null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('asked_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical erasure request',
                'verbose_name_plural': 'historical erasure requests',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalLegalHold',
            fields=[
                ('history_request_id', models.CharField(blank=True, max_length=64)),
                ('history_channel', models.CharField(blank=True, max_length=16)),
                ('history_actor', models.TextField(blank=True)),
                ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                ('scope', models.CharField(choices=[('system', 'One system'), ('incident', 'One incident'), ('person', 'One person'), ('everything', 'Everything')], max_length=10)),
                ('incident_id', models.UUIDField(null=True)),
                ('incident_number', models.CharField(blank=True, max_length=20)),
                ('reason', models.TextField()),
                ('from_at', models.DateTimeField()),
                ('until_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_reason', models.TextField(blank=True)),
                ('history_user_id', models.UUIDField(null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('ended_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
            ],
            options={
                'verbose_name': 'historical legal hold',
                'verbose_name_plural': 'historical legal holds',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='RetentionRule',
            fields=[
                ('kind', models.SlugField(max_length=40, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('holds', models.TextField()),
                ('keep_days', models.IntegerField()),
                ('shipped_days', models.IntegerField()),
                ('floor_days', models.IntegerField()),
                ('counted_from', models.CharField(max_length=160)),
                ('bases', models.JSONField(default=list)),
                ('longer', models.TextField(blank=True)),
                ('drops', models.BooleanField(default=True)),
                ('fixed', models.BooleanField(default=False)),
                ('personal', models.BooleanField(default=False)),
                ('place', models.IntegerField(default=0)),
                ('release', models.CharField(max_length=40)),
                ('reason', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['place', 'kind'],
                'constraints': [models.CheckConstraint(condition=models.Q(('keep_days__gte', models.F('floor_days'))), name='kept_no_shorter_than_the_floor'), models.CheckConstraint(condition=models.Q(('floor_days__gte', 0), ('keep_days__gte', 1)), name='kept_for_a_time')],
            },
        ),
        migrations.CreateModel(
            name='ErasureRequest',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('basis', models.CharField(choices=[('request', 'The person asked for it (GDPR Art. 17(1))'), ('not_needed', 'No longer needed (GDPR Art. 17(1)(a))'), ('objection', 'The person objected (GDPR Art. 17(1)(c))'), ('unlawful', 'Processed unlawfully (GDPR Art. 17(1)(d))'), ('obligation', 'Another law orders it (GDPR Art. 17(1)(e))')], max_length=12)),
                ('reason', models.TextField()),
                ('state', models.CharField(choices=[('asked', 'Waits for a second person'), ('done', 'Erased'), ('declined', 'Declined')], default='asked', max_length=8)),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_reason', models.TextField(blank=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='erasure_requests', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('person',), name='one_open_erasure_request'), models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='erasure_by_two_persons')],
            },
        ),
        migrations.CreateModel(
            name='LegalHold',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('scope', models.CharField(choices=[('system', 'One system'), ('incident', 'One incident'), ('person', 'One person'), ('everything', 'Everything')], max_length=10)),
                ('incident_id', models.UUIDField(null=True)),
                ('incident_number', models.CharField(blank=True, max_length=20)),
                ('reason', models.TextField()),
                ('from_at', models.DateTimeField()),
                ('until_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_reason', models.TextField(blank=True)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='legal_holds', to=settings.AUTH_USER_MODEL)),
                ('system', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.system')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['from_at'], name='hold_not_ended')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('incident_id__isnull', True), ('scope', 'system'), ('system__isnull', False), ('person__isnull', True)), models.Q(('incident_id__isnull', False), ('scope', 'incident'), ('system__isnull', False), ('person__isnull', True)), models.Q(('person__isnull', False), ('scope', 'person'), ('system__isnull', True), ('incident_id__isnull', True)), models.Q(('person__isnull', True), ('scope', 'everything'), ('system__isnull', True), ('incident_id__isnull', True)), _connector='OR'), name='hold_names_what_it_covers')],
            },
        ),
        printed_names(
            "registry_signature", "is:signer_name:signer_id", "blank:address:signer_id",
            "for:role:on_behalf_of_id",
        ),
        printed_names("registry_lifecyclechange", "is:actor_name:person_id"),
    ]
