"""Matters and levels of motions, casting ballots, what stands beside a round; conditions."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch


class Migration(Grouped):
    dependencies = [
        ("governance", "0017_doors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='BallotVoid',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('reason', models.TextField()),
                        ('at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='DecisionCondition',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('number', models.IntegerField()),
                        ('text', models.TextField()),
                        ('evidence', models.TextField(blank=True)),
                        ('due_at', models.DateTimeField(null=True)),
                        ('on_overdue', models.CharField(choices=[('escalate', 'A level up, to decide anew'), ('review', 'Back to the same body'), ('revoke', 'The decision is revoked')], default='escalate', max_length=8)),
                        ('state', models.CharField(choices=[('standing', 'Stands'), ('shown', 'Shown, waits for its verifier'), ('met', 'Met'), ('overdue', 'Overdue'), ('moved', 'Moved to an obligation')], default='standing', max_length=8)),
                        ('reference', models.TextField(blank=True)),
                        ('shown_at', models.DateTimeField(null=True)),
                        ('settled_at', models.DateTimeField(null=True)),
                        ('settled_reason', models.TextField(blank=True)),
                    ],
                ),
                migrations.CreateModel(
                    name='DeclaredInterest',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('words', models.CharField(max_length=500)),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name='HistoricalDecisionCondition',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('number', models.IntegerField()),
                        ('text', models.TextField()),
                        ('evidence', models.TextField(blank=True)),
                        ('due_at', models.DateTimeField(null=True)),
                        ('on_overdue', models.CharField(choices=[('escalate', 'A level up, to decide anew'), ('review', 'Back to the same body'), ('revoke', 'The decision is revoked')], default='escalate', max_length=8)),
                        ('state', models.CharField(choices=[('standing', 'Stands'), ('shown', 'Shown, waits for its verifier'), ('met', 'Met'), ('overdue', 'Overdue'), ('moved', 'Moved to an obligation')], default='standing', max_length=8)),
                        ('reference', models.TextField(blank=True)),
                        ('shown_at', models.DateTimeField(null=True)),
                        ('settled_at', models.DateTimeField(null=True)),
                        ('settled_reason', models.TextField(blank=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ],
                    options={
                        'verbose_name': 'historical decision condition',
                        'verbose_name_plural': 'historical decision conditions',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalDeclaredInterest',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('words', models.CharField(max_length=500)),
                        ('from_at', models.DateTimeField()),
                        ('until_at', models.DateTimeField(null=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ],
                    options={
                        'verbose_name': 'historical declared interest',
                        'verbose_name_plural': 'historical declared interests',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalRecusalRequest',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.BigIntegerField(blank=True, db_index=True)),
                        ('reason', models.TextField()),
                        ('asked_at', models.DateTimeField()),
                        ('state', models.CharField(choices=[('asked', 'Waits for the chair'), ('accepted', 'Accepted'), ('declined', 'Declined')], default='asked', max_length=8)),
                        ('answered_at', models.DateTimeField(null=True)),
                        ('answer', models.TextField(blank=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ],
                    options={
                        'verbose_name': 'historical recusal request',
                        'verbose_name_plural': 'historical recusal requests',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='RecusalRequest',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('reason', models.TextField()),
                        ('asked_at', models.DateTimeField()),
                        ('state', models.CharField(choices=[('asked', 'Waits for the chair'), ('accepted', 'Accepted'), ('declined', 'Declined')], default='asked', max_length=8)),
                        ('answered_at', models.DateTimeField(null=True)),
                        ('answer', models.TextField(blank=True)),
                    ],
                ),
                migrations.RemoveConstraint(
                    model_name='decision',
                    name='one_round_at_a_time',
                ),
                migrations.AddField(
                    model_name='ballot',
                    name='casting',
                    field=models.BooleanField(default=False),
                ),
                migrations.AddField(
                    model_name='decision',
                    name='about',
                    field=models.CharField(blank=True, max_length=64),
                ),
                migrations.AddField(
                    model_name='decision',
                    name='edits',
                    field=models.IntegerField(default=0),
                ),
                migrations.AddField(
                    model_name='decision',
                    name='least_majority',
                    field=models.CharField(blank=True, max_length=10),
                ),
                migrations.AddField(
                    model_name='decision',
                    name='level_words',
                    field=models.TextField(blank=True),
                ),
                migrations.AddField(
                    model_name='decision',
                    name='matter',
                    field=models.CharField(choices=[('case', 'The case'), ('ratification', 'Ratification'), ('supersession', 'In place of a decision')], default='case', max_length=12),
                ),
                migrations.AddField(
                    model_name='decision',
                    name='replaces',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='governance.decision'),
                ),
                migrations.AddField(
                    model_name='decision',
                    name='risk_tier',
                    field=models.CharField(blank=True, max_length=6),
                ),
                migrations.AddField(
                    model_name='decision',
                    name='supersedes',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by_rounds', to='governance.decision'),
                ),
                migrations.AddField(
                    model_name='historicaldecision',
                    name='about',
                    field=models.CharField(blank=True, max_length=64),
                ),
                migrations.AddField(
                    model_name='historicaldecision',
                    name='edits',
                    field=models.IntegerField(default=0),
                ),
                migrations.AddField(
                    model_name='historicaldecision',
                    name='least_majority',
                    field=models.CharField(blank=True, max_length=10),
                ),
                migrations.AddField(
                    model_name='historicaldecision',
                    name='level_words',
                    field=models.TextField(blank=True),
                ),
                migrations.AddField(
                    model_name='historicaldecision',
                    name='matter',
                    field=models.CharField(choices=[('case', 'The case'), ('ratification', 'Ratification'), ('supersession', 'In place of a decision')], default='case', max_length=12),
                ),
                migrations.AddField(
                    model_name='historicaldecision',
                    name='replaces',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='governance.decision'),
                ),
                migrations.AddField(
                    model_name='historicaldecision',
                    name='risk_tier',
                    field=models.CharField(blank=True, max_length=6),
                ),
                migrations.AddField(
                    model_name='historicaldecision',
                    name='supersedes',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='governance.decision'),
                ),
                migrations.AlterField(
                    model_name='motionaction',
                    name='type',
                    field=models.CharField(choices=[('retrain', 'Retrain'), ('rollback', 'Roll back'), ('pin', 'Pin or switch the version'), ('adjust', 'Adjust rules or thresholds of the system'), ('suspend', 'Suspend'), ('restrict', 'Restrict use'), ('retire', 'Retire'), ('compensate', 'Compensate'), ('inform', 'Inform those affected'), ('supplier_fix', "Require the supplier's fix"), ('continue', 'Continue with conditions'), ('no_action', 'No action'), ('exception', 'Policy exception'), ('accept_risk', 'Accept the risk until a date'), ('request_information', 'Request information'), ('ratify', 'Ratify an emergency measure'), ('lift', 'Lift an emergency measure'), ('resume', 'Resume'), ('revoke', 'Revoke the decision')], max_length=20),
                ),
                migrations.AddConstraint(
                    model_name='ballot',
                    constraint=models.UniqueConstraint(condition=models.Q(('casting', True)), fields=('decision',), name='one_casting_ballot'),
                ),
                migrations.AddConstraint(
                    model_name='decision',
                    constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['draft', 'open'])), fields=('incident', 'matter', 'about'), name='one_round_at_a_time'),
                ),
                migrations.AddField(
                    model_name='ballotvoid',
                    name='ballot',
                    field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='void', to='governance.ballot'),
                ),
                migrations.AddField(
                    model_name='ballotvoid',
                    name='by',
                    field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='ballotvoid',
                    name='decision',
                    field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='voids', to='governance.decision'),
                ),
                migrations.AddField(
                    model_name='decisioncondition',
                    name='decision',
                    field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='condition_rows', to='governance.decision'),
                ),
                migrations.AddField(
                    model_name='decisioncondition',
                    name='owner',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='decisioncondition',
                    name='settled_by',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='decisioncondition',
                    name='shown_by',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='decisioncondition',
                    name='verifier',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='declaredinterest',
                    name='person',
                    field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interests', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='declaredinterest',
                    name='system',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='interests', to='registry.system'),
                ),
                migrations.AddField(
                    model_name='historicaldecisioncondition',
                    name='decision',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='governance.decision'),
                ),
                migrations.AddField(
                    model_name='historicaldecisioncondition',
                    name='owner',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='historicaldecisioncondition',
                    name='settled_by',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='historicaldecisioncondition',
                    name='shown_by',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='historicaldecisioncondition',
                    name='verifier',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='historicaldeclaredinterest',
                    name='person',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='historicaldeclaredinterest',
                    name='system',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system'),
                ),
                migrations.AddField(
                    model_name='historicalrecusalrequest',
                    name='answered_by',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='historicalrecusalrequest',
                    name='decision',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='governance.decision'),
                ),
                migrations.AddField(
                    model_name='historicalrecusalrequest',
                    name='person',
                    field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='recusalrequest',
                    name='answered_by',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddField(
                    model_name='recusalrequest',
                    name='decision',
                    field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recusal_requests', to='governance.decision'),
                ),
                migrations.AddField(
                    model_name='recusalrequest',
                    name='person',
                    field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddIndex(
                    model_name='decisioncondition',
                    index=models.Index(fields=['state', 'due_at'], name='condition_due'),
                ),
                migrations.AddConstraint(
                    model_name='decisioncondition',
                    constraint=models.UniqueConstraint(fields=('decision', 'number'), name='condition_number'),
                ),
                migrations.AddConstraint(
                    model_name='decisioncondition',
                    constraint=models.CheckConstraint(condition=models.Q(('verifier__isnull', True), ('owner__isnull', True), models.Q(('verifier', models.F('owner')), _negated=True), _connector='OR'), name='condition_seen_by_another'),
                ),
                migrations.AddIndex(
                    model_name='declaredinterest',
                    index=models.Index(fields=['person', 'system'], name='interest_by_person'),
                ),
                migrations.AddConstraint(
                    model_name='recusalrequest',
                    constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('decision', 'person'), name='recusal_asked_once'),
                ),
            ]
        ),
        watch("governance_declaredinterest"),
        watch("governance_recusalrequest"),
        append_only("governance_ballotvoid"),
        watch("governance_ballotvoid", points=True),
        watch("governance_decisioncondition"),
    ]
