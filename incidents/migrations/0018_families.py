"""Merged incidents, links between incidents, who was asked to act, released privileged notes."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch

PERSON = settings.AUTH_USER_MODEL


def key(to, name='+', **more):
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=name, to=to, **more)


def identity():
    return ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False))


class Migration(Grouped):
    dependencies = [
        ("incidents", "0017_clocks"),
        migrations.swappable_dependency(PERSON),
    ]

    operations = [
        AtOnce(
            [
                migrations.AddField('incident', 'parent', key('incidents.incident', 'children', null=True)),
                migrations.AddField(
                    'historicalincident',
                    'parent',
                    models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.incident'),
                ),
                migrations.AddConstraint(
                    'incident',
                    models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='incident_not_its_own_parent'),
                ),
                migrations.CreateModel(
                    name='IncidentLink',
                    fields=[
                        identity(),
                        ('kind', models.CharField(choices=[('related', 'Related to'), ('duplicate', 'Duplicate of'), ('recurs', 'Recurs from'), ('split', 'Split off')], max_length=10)),
                        ('reason', models.TextField()),
                        ('at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('incident', key('incidents.incident', 'links')),
                        ('linked_by', key(PERSON)),
                        ('other', key('incidents.incident', 'linked_from')),
                    ],
                    options={
                        'constraints': [
                            models.UniqueConstraint(fields=('incident', 'other', 'kind'), name='link_once'),
                            models.CheckConstraint(condition=models.Q(('incident', models.F('other')), _negated=True), name='link_of_two'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Ask',
                    fields=[
                        identity(),
                        ('command', models.CharField(max_length=40)),
                        ('at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('asked', key(PERSON)),
                        ('asked_by', key(PERSON)),
                        ('incident', key('incidents.incident', 'asks')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['incident', 'asked', 'at'], name='ask_by_person')],
                    },
                ),
                migrations.CreateModel(
                    name='NoteRelease',
                    fields=[
                        identity(),
                        ('step', models.CharField(choices=[('asked', 'Asked for by its author'), ('agreed', 'Agreed to by a validator')], max_length=6)),
                        ('recipient', models.CharField(max_length=200)),
                        ('reason', models.TextField()),
                        ('at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('by', key(PERSON)),
                        ('note', key('incidents.privilegednote', 'releases')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('note', 'step'), name='note_release_step_once')],
                    },
                ),
            ]
        ),
        *(
            operation
            for name in ('incidentlink', 'ask', 'noterelease')
            for operation in (append_only(f'incidents_{name}'), watch(f'incidents_{name}', points=True))
        ),
    ]
