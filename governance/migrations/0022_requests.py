"""Requests of authorities, with their questions, answers, evidence and what is withheld."""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch


class Migration(Grouped):

    dependencies = [
        ('governance', '0021_on_call'),
        ('incidents', '0017_clocks'),
        ('registry', '0016_concerns'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='AuthorityRequest',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('number', models.CharField(max_length=20, unique=True)),
                        ('version', models.IntegerField(default=1)),
                        ('state', models.CharField(choices=[('open', 'Being answered'), ('ready', 'Waits for a second person'), ('sent', 'Sent'), ('receipted', 'Sent, receipt recorded')], default='open', max_length=10)),
                        ('authority', models.CharField(max_length=160)),
                        ('basis', models.CharField(max_length=200)),
                        ('reference', models.CharField(blank=True, max_length=120)),
                        ('language', models.CharField(max_length=40)),
                        ('received_at', models.DateTimeField()),
                        ('due_at', models.DateTimeField()),
                        ('period_from', models.DateField(null=True)),
                        ('period_until', models.DateField(null=True)),
                        ('registered_at', models.DateTimeField()),
                        ('ready_at', models.DateTimeField(null=True)),
                        ('sent_at', models.DateTimeField(null=True)),
                        ('sent_how', models.CharField(blank=True, max_length=200)),
                        ('answer_sha256', models.CharField(blank=True, max_length=64)),
                        ('late_reason', models.TextField(blank=True)),
                        ('receipt', models.TextField(blank=True)),
                        ('receipt_sha256', models.CharField(blank=True, max_length=64)),
                        ('receipt_at', models.DateTimeField(null=True)),
                        ('ready_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('received_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('registered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('sent_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                ),
                migrations.CreateModel(
                    name='HistoricalAuthorityRequest',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('number', models.CharField(db_index=True, max_length=20)),
                        ('version', models.IntegerField(default=1)),
                        ('state', models.CharField(choices=[('open', 'Being answered'), ('ready', 'Waits for a second person'), ('sent', 'Sent'), ('receipted', 'Sent, receipt recorded')], default='open', max_length=10)),
                        ('authority', models.CharField(max_length=160)),
                        ('basis', models.CharField(max_length=200)),
                        ('reference', models.CharField(blank=True, max_length=120)),
                        ('language', models.CharField(max_length=40)),
                        ('received_at', models.DateTimeField()),
                        ('due_at', models.DateTimeField()),
                        ('period_from', models.DateField(null=True)),
                        ('period_until', models.DateField(null=True)),
                        ('registered_at', models.DateTimeField()),
                        ('ready_at', models.DateTimeField(null=True)),
                        ('sent_at', models.DateTimeField(null=True)),
                        ('sent_how', models.CharField(blank=True, max_length=200)),
                        ('answer_sha256', models.CharField(blank=True, max_length=64)),
                        ('late_reason', models.TextField(blank=True)),
                        ('receipt', models.TextField(blank=True)),
                        ('receipt_sha256', models.CharField(blank=True, max_length=64)),
                        ('receipt_at', models.DateTimeField(null=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('ready_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('received_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('registered_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('sent_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical authority request',
                        'verbose_name_plural': 'historical authority requests',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='RequestQuestion',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('place', models.IntegerField()),
                        ('text', models.TextField()),
                        ('at', models.DateTimeField()),
                        ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='governance.authorityrequest')),
                    ],
                ),
                migrations.CreateModel(
                    name='RequestEvidence',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('kind', models.CharField(choices=[('document', 'Document'), ('ledger', 'Ledger entry'), ('pack', 'Evidence pack'), ('incident', 'Incident'), ('other', 'Other')], max_length=10)),
                        ('title', models.CharField(max_length=200)),
                        ('reference', models.TextField()),
                        ('sha256', models.CharField(max_length=64)),
                        ('added_at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='governance.requestquestion')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='RequestAnswer',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('version', models.IntegerField()),
                        ('text', models.TextField()),
                        ('answered_at', models.DateTimeField()),
                        ('entry_number', models.BigIntegerField()),
                        ('answered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='governance.requestquestion')),
                    ],
                ),
                migrations.CreateModel(
                    name='HistoricalWithheldItem',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('what', models.TextField()),
                        ('reason', models.TextField()),
                        ('proposed_at', models.DateTimeField()),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('approved_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('proposed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('request', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='governance.authorityrequest')),
                        ('question', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='governance.requestquestion')),
                    ],
                    options={
                        'verbose_name': 'historical withheld item',
                        'verbose_name_plural': 'historical withheld items',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='RequestScope',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('at', models.DateTimeField()),
                        ('hold', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.legalhold')),
                        ('incident', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='incidents.incident')),
                        ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scopes', to='governance.authorityrequest')),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.system')),
                    ],
                ),
                migrations.CreateModel(
                    name='WithheldItem',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('what', models.TextField()),
                        ('reason', models.TextField()),
                        ('proposed_at', models.DateTimeField()),
                        ('approved_at', models.DateTimeField(null=True)),
                        ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('question', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='withheld', to='governance.requestquestion')),
                        ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='withheld', to='governance.authorityrequest')),
                    ],
                ),
                migrations.AddIndex(
                    model_name='authorityrequest',
                    index=models.Index(fields=['due_at', 'id'], name='request_by_due'),
                ),
                migrations.AddConstraint(
                    model_name='authorityrequest',
                    constraint=models.CheckConstraint(condition=models.Q(('sent_by__isnull', True), models.Q(('sent_by', models.F('ready_by')), _negated=True), _connector='OR'), name='request_sent_by_two_persons'),
                ),
                migrations.AddConstraint(
                    model_name='authorityrequest',
                    constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['sent', 'receipted']), _negated=True), models.Q(('ready_by__isnull', False), ('sent_by__isnull', False)), _connector='OR'), name='request_sent_by_somebody'),
                ),
                migrations.AddConstraint(
                    model_name='requestquestion',
                    constraint=models.UniqueConstraint(fields=('request', 'place'), name='request_question_place'),
                ),
                migrations.AddConstraint(
                    model_name='requestanswer',
                    constraint=models.UniqueConstraint(fields=('question', 'version'), name='request_answer_version'),
                ),
                migrations.AddConstraint(
                    model_name='requestscope',
                    constraint=models.UniqueConstraint(fields=('request', 'system', 'incident'), name='request_scope_once', nulls_distinct=False),
                ),
                migrations.AddConstraint(
                    model_name='withhelditem',
                    constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='withheld_by_two_persons'),
                ),
            ]
        ),
        migrations.RunSQL("CREATE SEQUENCE governance_request_number", "DROP SEQUENCE governance_request_number"),
        watch("governance_authorityrequest"),
        watch("governance_withhelditem"),
        *(append_only(f"governance_request{name}") for name in ("scope", "question", "answer", "evidence")),
        *(watch(f"governance_request{name}", points=True) for name in ("answer", "evidence")),
        *(watch(f"governance_request{name}") for name in ("scope", "question")),
    ]
