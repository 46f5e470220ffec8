"""Timestamps of awareness, clocks beside clocks, facts, drafts and submissions of reports."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch

ANSWERS = [('yes', 'Yes'), ('no', 'No'), ('unknown', 'Not known yet')]
BINDINGS = [('statutory', 'statutory'), ('advisory', 'advisory clock (not binding yet)')]
COUNTED = [('organisation', 'the earliest awareness'), ('deployer', "the deployer's awareness"), ('provider', "the provider's awareness"), ('reportability', 'facts that came later'), ('reopened', 'a clock that was taken up again'), ('fact', 'the fact'), ('report', 'the report before')]
KINDS = [('initial', 'Initial'), ('follow_up', 'Follow-up'), ('combined_initial_final', 'Initial and final in one'), ('final_reportable', 'Final, reportable'), ('final_non_reportable', 'Final, not reportable')]
TIMES = ('occurred_at', 'deployer_aware_at', 'provider_aware_at', 'causal_link_likely_at', 'reportability_aware_at', 'personal_data_aware_at')


def past_key(to):
    return models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=to)


def key(to, name='+', null=False):
    return models.ForeignKey(null=null, on_delete=django.db.models.deletion.PROTECT, related_name=name, to=to)


def plain_columns(model):
    return [
        migrations.AddField(model, 'binding', models.CharField(blank=True, choices=BINDINGS, default='', max_length=10)),
        migrations.AddField(model, 'binding_why', models.TextField(blank=True, default='')),
        migrations.AddField(model, 'counted_as', models.CharField(choices=COUNTED, default='organisation', max_length=14)),
        migrations.AddField(model, 'decide_by', models.DateTimeField(null=True)),
        migrations.AddField(model, 'moved_from_at', models.DateTimeField(null=True)),
    ]


class Migration(Grouped):

    dependencies = [
        ('incidents', '0016_acceptance'),
        ('registry', '0018_clock_terms'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='ClockFact',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('cycle', models.IntegerField()),
                        ('fact', models.CharField(max_length=40)),
                        ('answer', models.CharField(choices=ANSWERS, max_length=8)),
                        ('known_at', models.DateTimeField()),
                        ('source', models.TextField()),
                        ('stated_at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('incident', key('incidents.incident', 'clock_facts')),
                        ('stated_by', key(settings.AUTH_USER_MODEL)),
                    ],
                    options={'indexes': [models.Index(fields=['incident', 'fact'], name='clock_fact_of_incident')]},
                ),
                migrations.CreateModel(
                    name='CounselDate',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('statutory_from', models.DateField()),
                        ('source', models.TextField()),
                        ('stated_at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('rule', key('registry.clockrule', 'counsel_dates')),
                        ('stated_by', key(settings.AUTH_USER_MODEL)),
                    ],
                    options={'abstract': False},
                ),
                migrations.CreateModel(
                    name='ReportDraft',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('regime', models.CharField(max_length=40)),
                        ('template', models.CharField(max_length=40)),
                        ('kind', models.CharField(choices=KINDS, max_length=24)),
                        ('version', models.IntegerField()),
                        ('values', models.JSONField()),
                        ('record_sha256', models.CharField(max_length=64)),
                        ('made_at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('incident', key('incidents.incident', 'report_drafts')),
                        ('made_by', key(settings.AUTH_USER_MODEL)),
                    ],
                    options={'constraints': [models.UniqueConstraint(fields=('incident', 'regime', 'version'), name='draft_version')]},
                ),
                migrations.CreateModel(
                    name='Submission',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('kind', models.CharField(choices=KINDS, max_length=24)),
                        ('authority', models.CharField(max_length=160)),
                        ('submitted_at', models.DateTimeField()),
                        ('reference', models.CharField(blank=True, max_length=120)),
                        ('receipt', models.TextField(blank=True)),
                        ('receipt_sha256', models.CharField(blank=True, max_length=64)),
                        ('late_reason', models.TextField(blank=True)),
                        ('recorded_at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('incident', key('incidents.incident', 'submissions')),
                        ('report', key('incidents.reportdraft', 'submissions', null=True)),
                        ('submitted_by', key(settings.AUTH_USER_MODEL)),
                    ],
                    options={'abstract': False},
                ),
                *(
                    migrations.AddField(model, name, models.DateTimeField(null=True))
                    for model in ('incident', 'historicalincident')
                    for name in TIMES
                ),
                *plain_columns('regulatoryclock'),
                *plain_columns('historicalregulatoryclock'),
                migrations.AddField('regulatoryclock', 'beside', key('incidents.regulatoryclock', 'siblings', null=True)),
                migrations.AddField('regulatoryclock', 'submission', key('incidents.submission', 'clocks', null=True)),
                migrations.AddField('historicalregulatoryclock', 'beside', past_key('incidents.regulatoryclock')),
                migrations.AddField('historicalregulatoryclock', 'submission', past_key('incidents.submission')),
                migrations.RemoveConstraint('regulatoryclock', 'clock_per_rule'),
                migrations.AddConstraint(
                    'regulatoryclock',
                    models.UniqueConstraint(condition=~models.Q(state='ended'), fields=('incident', 'rule', 'counted_as'), name='one_running_clock_per_rule'),
                ),
                migrations.AddIndex(
                    'regulatoryclock',
                    models.Index(condition=~models.Q(state='ended') & models.Q(submission__isnull=True), fields=['due_at', 'id'], name='clock_still_runs'),
                ),
            ]
        ),
        *(
            operation
            for name in ('clockfact', 'counseldate', 'reportdraft', 'submission')
            for operation in (append_only(f'incidents_{name}'), watch(f'incidents_{name}', points=True))
        ),
    ]
