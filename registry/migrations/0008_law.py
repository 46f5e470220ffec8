"""The law as data: frameworks, provisions, milestones, questionnaires; the reporting regimes."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, watch


class Migration(Grouped):

    dependencies = [
        ('registry', '0007_record_kind_and_net'),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='Source',
                    fields=[
                        ('id', models.CharField(max_length=12, primary_key=True, serialize=False)),
                        ('file', models.CharField(max_length=40)),
                        ('place', models.IntegerField(default=0)),
                        ('title', models.TextField()),
                        ('kind', models.CharField(max_length=20)),
                        ('superseded_in', models.CharField(blank=True, max_length=40)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Framework',
                    fields=[
                        ('file', models.CharField(max_length=40)),
                        ('place', models.IntegerField(default=0)),
                        ('sources', models.JSONField(default=list)),
                        ('checked', models.CharField(max_length=12)),
                        ('superseded_in', models.CharField(blank=True, max_length=40)),
                        ('id', models.SlugField(max_length=40, primary_key=True, serialize=False)),
                        ('name', models.CharField(max_length=120)),
                        ('edition', models.CharField(max_length=200)),
                        ('kind', models.CharField(max_length=20)),
                        ('about', models.TextField(blank=True)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Milestone',
                    fields=[
                        ('file', models.CharField(max_length=40)),
                        ('place', models.IntegerField(default=0)),
                        ('sources', models.JSONField(default=list)),
                        ('checked', models.CharField(max_length=12)),
                        ('superseded_in', models.CharField(blank=True, max_length=40)),
                        ('id', models.CharField(max_length=40, primary_key=True, serialize=False)),
                        ('date', models.DateField(null=True)),
                        ('status', models.CharField(choices=[('adopted_in_force', 'in force'), ('adopted_applicable', 'applies'), ('adopted_future', 'adopted, date still ahead'), ('superseded', 'was law, replaced'), ('proposed_not_adopted', 'only proposed, not law'), ('draft_guidance', 'draft guidance, not binding'), ('guidance_final', 'final guidance, not binding'), ('pending', 'awaited'), ('interpretation_open', 'open reading')], max_length=24)),
                        ('what', models.TextField()),
                        ('provisions', models.JSONField(default=list)),
                        ('legal_basis', models.TextField(blank=True)),
                        ('note', models.TextField(blank=True)),
                        ('superseded_by', models.CharField(blank=True, max_length=40)),
                        ('framework', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='milestones', to='registry.framework')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['date'], name='milestone_date')],
                    },
                ),
                migrations.CreateModel(
                    name='Provision',
                    fields=[
                        ('file', models.CharField(max_length=40)),
                        ('place', models.IntegerField(default=0)),
                        ('sources', models.JSONField(default=list)),
                        ('checked', models.CharField(max_length=12)),
                        ('superseded_in', models.CharField(blank=True, max_length=40)),
                        ('id', models.CharField(max_length=40, primary_key=True, serialize=False)),
                        ('parent', models.CharField(blank=True, max_length=40)),
                        ('kind', models.CharField(max_length=24)),
                        ('reference', models.CharField(max_length=80)),
                        ('title', models.TextField()),
                        ('who', models.JSONField(default=list)),
                        ('supporting', models.JSONField(default=list)),
                        ('condition', models.JSONField(default=dict)),
                        ('dates', models.JSONField(default=list)),
                        ('document', models.JSONField(default=dict)),
                        ('status', models.CharField(blank=True, max_length=24)),
                        ('framework', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='provisions', to='registry.framework')),
                    ],
                ),
                migrations.CreateModel(
                    name='CrosswalkPair',
                    fields=[
                        ('file', models.CharField(max_length=40)),
                        ('place', models.IntegerField(default=0)),
                        ('sources', models.JSONField(default=list)),
                        ('checked', models.CharField(max_length=12)),
                        ('superseded_in', models.CharField(blank=True, max_length=40)),
                        ('id', models.CharField(max_length=12, primary_key=True, serialize=False)),
                        ('reference', models.CharField(max_length=80)),
                        ('ai_act', models.JSONField(default=list)),
                        ('iso_42001', models.JSONField(default=list)),
                        ('nist_ai_rmf', models.JSONField(default=list)),
                        ('confidence', models.CharField(max_length=8)),
                        ('why', models.TextField()),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='KpiDuty',
                    fields=[
                        ('file', models.CharField(max_length=40)),
                        ('place', models.IntegerField(default=0)),
                        ('sources', models.JSONField(default=list)),
                        ('checked', models.CharField(max_length=12)),
                        ('superseded_in', models.CharField(blank=True, max_length=40)),
                        ('id', models.CharField(max_length=100, primary_key=True, serialize=False)),
                        ('kpi', models.CharField(max_length=60)),
                        ('words', models.TextField(blank=True)),
                        ('provision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kpi_duties', to='registry.provision')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Questionnaire',
                    fields=[
                        ('file', models.CharField(max_length=40)),
                        ('place', models.IntegerField(default=0)),
                        ('sources', models.JSONField(default=list)),
                        ('checked', models.CharField(max_length=12)),
                        ('superseded_in', models.CharField(blank=True, max_length=40)),
                        ('id', models.CharField(max_length=100, primary_key=True, serialize=False)),
                        ('slug', models.SlugField(max_length=60)),
                        ('version', models.CharField(max_length=40)),
                        ('title', models.CharField(max_length=200)),
                        ('document', models.JSONField(default=dict)),
                        ('loaded_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('slug', 'version'), name='questionnaire_version')],
                    },
                ),
                migrations.CreateModel(
                    name='OrganisationProfile',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('version', models.IntegerField(default=1)),
                        ('answers', models.JSONField(default=dict)),
                        ('reason', models.TextField()),
                        ('decided_at', models.DateTimeField()),
                        ('only', models.BooleanField(default=True, editable=False)),
                        ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('only',), name='one_organisation_profile'), models.CheckConstraint(condition=models.Q(('only', True)), name='organisation_profile_only')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalOrganisationProfile',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('version', models.IntegerField(default=1)),
                        ('answers', models.JSONField(default=dict)),
                        ('reason', models.TextField()),
                        ('decided_at', models.DateTimeField()),
                        ('only', models.BooleanField(default=True, editable=False)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('decided_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical organisation profile',
                        'verbose_name_plural': 'historical organisation profiles',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='SystemRegimes',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('version', models.IntegerField(default=1)),
                        ('answers', models.JSONField(default=dict)),
                        ('reason', models.TextField()),
                        ('decided_at', models.DateTimeField()),
                        ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='regimes', to='registry.system')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalSystemRegimes',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('version', models.IntegerField(default=1)),
                        ('answers', models.JSONField(default=dict)),
                        ('reason', models.TextField()),
                        ('decided_at', models.DateTimeField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('decided_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical system regimes',
                        'verbose_name_plural': 'historical system regimess',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.AddField(
                    model_name='clockrule',
                    name='counts_from',
                    field=models.CharField(default='awareness', max_length=80),
                ),
                migrations.AddField(
                    model_name='clockrule',
                    name='period',
                    field=models.CharField(blank=True, max_length=80),
                ),
                migrations.AddField(
                    model_name='clockrule',
                    name='sources',
                    field=models.JSONField(default=list),
                ),
                migrations.AddIndex(
                    model_name='provision',
                    index=models.Index(fields=['framework', 'place'], name='provision_order'),
                ),
                migrations.AddIndex(
                    model_name='provision',
                    index=models.Index(fields=['parent'], name='provision_parent'),
                ),
            ]
        ),
        watch("registry_source"),
        watch("registry_framework"),
        watch("registry_milestone"),
        watch("registry_provision"),
        watch("registry_crosswalkpair"),
        watch("registry_kpiduty"),
        watch("registry_questionnaire"),
        watch("registry_organisationprofile"),
        watch("registry_systemregimes"),
    ]
