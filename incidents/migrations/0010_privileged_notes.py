"""Privileged notes: append-only, and in the net."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import Grouped, append_only, watch


class Migration(Grouped):

    dependencies = [
        ('incidents', '0009_integrity_kind'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PrivilegedNote',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('text', models.TextField()),
                ('made_at', models.DateTimeField()),
                ('entry_number', models.BigIntegerField()),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='privileged_notes', to='incidents.incident')),
            ],
            options={
                'indexes': [models.Index(fields=['incident', 'made_at'], name='note_by_incident')],
            },
        ),
        append_only("incidents_privilegednote"),
        watch("incidents_privilegednote", points=True),
    ]
