"""Desks: views that a person keeps by name, and secret addresses of calendars; both watched."""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import Grouped, watch


class Migration(Grouped):
    dependencies = [
        ("reports", "0013_own_frameworks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalCalendarFeed',
            fields=[
                ('history_request_id', models.CharField(blank=True, max_length=64)),
                ('history_channel', models.CharField(blank=True, max_length=16)),
                ('history_actor', models.TextField(blank=True)),
                ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_because', models.CharField(blank=True, choices=[('replaced', 'Replaced by a new address'), ('revoked', 'Revoked')], max_length=8)),
                ('history_user_id', models.UUIDField(null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical calendar feed',
                'verbose_name_plural': 'historical calendar feeds',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalDeskView',
            fields=[
                ('history_request_id', models.CharField(blank=True, max_length=64)),
                ('history_channel', models.CharField(blank=True, max_length=16)),
                ('history_actor', models.TextField(blank=True)),
                ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                ('page', models.CharField(choices=[('desk', 'My desk'), ('incidents', 'Incidents'), ('systems', 'Systems')], default='desk', max_length=9)),
                ('name', models.CharField(max_length=40)),
                ('query', models.CharField(max_length=300)),
                ('made_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(null=True)),
                ('history_user_id', models.UUIDField(null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical desk view',
                'verbose_name_plural': 'historical desk views',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('secret_sha256', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_because', models.CharField(blank=True, choices=[('replaced', 'Replaced by a new address'), ('revoked', 'Revoked')], max_length=8)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calendar_feeds', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('user',), name='one_calendar_feed_at_a_time'), models.UniqueConstraint(fields=('secret_sha256',), name='calendar_feed_secret')],
            },
        ),
        migrations.CreateModel(
            name='DeskView',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('page', models.CharField(choices=[('desk', 'My desk'), ('incidents', 'Incidents'), ('systems', 'Systems')], default='desk', max_length=9)),
                ('name', models.CharField(max_length=40)),
                ('query', models.CharField(max_length=300)),
                ('made_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='desk_views', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('removed_at__isnull', True)), fields=('user', 'page', 'name'), name='desk_view_once_by_name')],
            },
        ),
        watch("reports_deskview"),
        watch("reports_calendarfeed"),
    ]
