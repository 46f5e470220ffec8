"""How a person wants to be told."""

import django.contrib.postgres.fields
import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, watch


class Migration(Grouped):
    dependencies = [("registry", "0016_concerns")]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='NoticePreference',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('digest_hour', models.SmallIntegerField(default=8)),
                        ('digest', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                        ('by_chat', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                        ('page_name', models.CharField(blank=True, max_length=200)),
                        ('chat_name', models.CharField(blank=True, max_length=200)),
                        ('secrets', models.BinaryField(default=bytes)),
                        ('version', models.IntegerField(default=0)),
                        ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='notice_preference', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('digest_hour__gte', 0), ('digest_hour__lte', 23)), name='digest_hour_of_a_day')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalNoticePreference',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('digest_hour', models.SmallIntegerField(default=8)),
                        ('digest', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                        ('by_chat', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                        ('page_name', models.CharField(blank=True, max_length=200)),
                        ('chat_name', models.CharField(blank=True, max_length=200)),
                        ('version', models.IntegerField(default=0)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical notice preference',
                        'verbose_name_plural': 'historical notice preferences',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
            ]
        ),
        watch("registry_noticepreference"),
    ]
