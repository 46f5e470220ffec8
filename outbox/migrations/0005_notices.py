"""Notices that are sorted, storms, and tickets in other systems."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from ledger.append_only import Grouped, append_only, watch


class Migration(Grouped):
    dependencies = [("outbox", "0004_printed_names")]

    operations = [
        migrations.CreateModel(
            name='NoticeStorm',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('counted', models.IntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.Value(1), condition=models.Q(('ended_at', None)), name='storm_one_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Ticket',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('subject_id', models.UUIDField()),
                ('title', models.CharField(max_length=300)),
                ('opened_by', models.UUIDField()),
                ('opened_at', models.DateTimeField()),
                ('url', models.URLField(blank=True, max_length=500)),
                ('external_id', models.CharField(blank=True, max_length=120)),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='outbox.webhookendpoint')),
            ],
            options={
                'indexes': [models.Index(fields=['subject_id', 'opened_at'], name='ticket_subject')],
                'constraints': [models.UniqueConstraint(fields=('subject_id', 'endpoint'), name='ticket_once_in_a_system')],
            },
        ),
        migrations.CreateModel(
            name='TicketNote',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('webhook_id', models.CharField(max_length=120)),
                ('status', models.CharField(max_length=60)),
                ('text', models.TextField(blank=True)),
                ('received_at', models.DateTimeField()),
                ('entry_number', models.BigIntegerField()),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='outbox.ticket')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('ticket', 'webhook_id'), name='ticket_note_once')],
            },
        ),
        migrations.AddField(
            model_name='message',
            name='carried_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='carries', to='outbox.message'),
        ),
        migrations.AddField(
            model_name='message',
            name='delivered_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='drill',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='message',
            name='due_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='form',
            field=models.CharField(choices=[('single', 'Single'), ('bundle', 'Bundle'), ('digest', 'Digest'), ('summary', 'Summary')], default='single', max_length=10),
        ),
        migrations.AddField(
            model_name='message',
            name='group',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='message',
            name='held',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='message',
            name='in_digest',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='message',
            name='kind',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='message',
            name='sealed_address',
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='urgent',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='message',
            name='url',
            field=models.TextField(blank=True),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('held', True), ('state', 'queued')), fields=['next_attempt_at', 'id'], name='message_held'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('urgent', False), models.Q(('kind', ''), _negated=True)), fields=['created_at'], name='message_notice_age'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state', 'failed')), fields=['-created_at', 'id'], name='message_failed'),
        ),
        watch("outbox_ticket"),
        append_only("outbox_ticketnote"),
        watch("outbox_ticketnote", points=True),
    ]
