"""Meetings, agendas, attendance, lists that one ceremony signs, recorded votes, minutes."""

import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch

WATCHED = ("meeting", "agendaitem", "recordeddecision", "minutes")
POINTING = (
    "attendance",
    "meetingdemand",
    "signinglist",
    "signeditem",
    "recordedvote",
    "countersignature",
    "minutesaddendum",
    "minutesnarrative",
    "dissentstatement",
)


class Migration(Grouped):
    dependencies = [
        ("governance", "0018_levels"),
        ("registry", "0016_concerns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name="DissentStatement",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("text", models.TextField()),
                        ("at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        (
                            "ballot",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dissent",
                                to="governance.ballot",
                            ),
                        ),
                        (
                            "decision",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dissents",
                                to="governance.decision",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "signature",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.signature",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalMeeting",
                    fields=[
                        ("history_request_id", models.CharField(blank=True, max_length=64)),
                        ("history_channel", models.CharField(blank=True, max_length=16)),
                        ("history_actor", models.TextField(blank=True)),
                        ("id", models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ("number", models.CharField(db_index=True, max_length=20)),
                        ("title", models.CharField(max_length=200)),
                        ("starts_at", models.DateTimeField()),
                        ("place", models.CharField(blank=True, max_length=300)),
                        ("link", models.CharField(blank=True, max_length=500)),
                        ("urgent", models.BooleanField(default=False)),
                        ("urgent_reason", models.TextField(blank=True)),
                        ("notice_sent_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("planned", "Convened"),
                                    ("open", "In session"),
                                    ("ended", "Ended"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="planned",
                                max_length=9,
                            ),
                        ),
                        ("opened_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("version", models.IntegerField(default=1)),
                        ("history_user_id", models.UUIDField(null=True)),
                        ("history_change_reason", models.TextField(null=True)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")],
                                max_length=1,
                            ),
                        ),
                        (
                            "committee",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="governance.committee",
                            ),
                        ),
                        (
                            "convened_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical meeting",
                        "verbose_name_plural": "historical meetings",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalRecordedDecision",
                    fields=[
                        ("history_request_id", models.CharField(blank=True, max_length=64)),
                        ("history_channel", models.CharField(blank=True, max_length=16)),
                        ("history_actor", models.TextField(blank=True)),
                        ("id", models.UUIDField(db_index=True, default=uuid.uuid4)),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("adopted", "Adopted"), ("rejected", "Not carried")],
                                max_length=8,
                            ),
                        ),
                        ("words", models.TextField()),
                        ("decided_at", models.DateTimeField()),
                        ("eligible", models.IntegerField()),
                        ("votes_for", models.IntegerField()),
                        ("votes_against", models.IntegerField()),
                        ("abstentions", models.IntegerField()),
                        ("file_name", models.CharField(max_length=200)),
                        ("media_type", models.CharField(max_length=100)),
                        ("size", models.BigIntegerField()),
                        ("sha256", models.CharField(db_index=True, max_length=64)),
                        ("record_sha256", models.CharField(max_length=64)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waits for a second person"),
                                    ("certified", "Certified by two persons"),
                                    ("refused", "Refused by the second person"),
                                ],
                                default="waiting",
                                max_length=9,
                            ),
                        ),
                        ("first_at", models.DateTimeField()),
                        ("second_at", models.DateTimeField(null=True)),
                        ("refusal", models.TextField(blank=True)),
                        ("history_user_id", models.UUIDField(null=True)),
                        ("history_change_reason", models.TextField(null=True)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")],
                                max_length=1,
                            ),
                        ),
                        (
                            "decision",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="governance.decision",
                            ),
                        ),
                        (
                            "first_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "first_signature",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.signature",
                            ),
                        ),
                        (
                            "second_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "second_signature",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.signature",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical recorded decision",
                        "verbose_name_plural": "historical recorded decisions",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Meeting",
                    fields=[
                        (
                            "id",
                            models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False),
                        ),
                        ("number", models.CharField(max_length=20, unique=True)),
                        ("title", models.CharField(max_length=200)),
                        ("starts_at", models.DateTimeField()),
                        ("place", models.CharField(blank=True, max_length=300)),
                        ("link", models.CharField(blank=True, max_length=500)),
                        ("urgent", models.BooleanField(default=False)),
                        ("urgent_reason", models.TextField(blank=True)),
                        ("notice_sent_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("planned", "Convened"),
                                    ("open", "In session"),
                                    ("ended", "Ended"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="planned",
                                max_length=9,
                            ),
                        ),
                        ("opened_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("version", models.IntegerField(default=1)),
                        (
                            "committee",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="meetings",
                                to="governance.committee",
                            ),
                        ),
                        (
                            "convened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="HistoricalMinutes",
                    fields=[
                        ("history_request_id", models.CharField(blank=True, max_length=64)),
                        ("history_channel", models.CharField(blank=True, max_length=16)),
                        ("history_actor", models.TextField(blank=True)),
                        ("id", models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ("number", models.IntegerField()),
                        ("content", models.TextField()),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("signed", "Signed by the chair, waits for a second person"),
                                    ("approved", "Approved"),
                                    ("replaced", "Replaced by another draft"),
                                ],
                                default="draft",
                                max_length=8,
                            ),
                        ),
                        ("drafted_at", models.DateTimeField()),
                        ("approved_at", models.DateTimeField(null=True)),
                        ("history_user_id", models.UUIDField(null=True)),
                        ("history_change_reason", models.TextField(null=True)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")],
                                max_length=1,
                            ),
                        ),
                        (
                            "chair",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "chair_signature",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.signature",
                            ),
                        ),
                        (
                            "decision",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="governance.decision",
                            ),
                        ),
                        (
                            "drafted_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "second_signature",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.signature",
                            ),
                        ),
                        (
                            "meeting",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="governance.meeting",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical minutes",
                        "verbose_name_plural": "historical minutess",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalAgendaItem",
                    fields=[
                        ("history_request_id", models.CharField(blank=True, max_length=64)),
                        ("history_channel", models.CharField(blank=True, max_length=16)),
                        ("history_actor", models.TextField(blank=True)),
                        ("id", models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ("position", models.IntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("motion", "Motion"),
                                    ("consent", "Consent agenda"),
                                    ("free", "Without a motion"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("title", models.CharField(max_length=200)),
                        ("note", models.TextField(blank=True)),
                        ("lifted_at", models.DateTimeField(null=True)),
                        ("lifted_reason", models.TextField(blank=True)),
                        ("history_user_id", models.UUIDField(null=True)),
                        ("history_change_reason", models.TextField(null=True)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")],
                                max_length=1,
                            ),
                        ),
                        (
                            "decision",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="governance.decision",
                            ),
                        ),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "meeting",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="governance.meeting",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical agenda item",
                        "verbose_name_plural": "historical agenda items",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Attendance",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "standing",
                            models.CharField(
                                choices=[
                                    ("present", "Present"),
                                    ("substitute", "Present as substitute"),
                                    ("absent", "Absent"),
                                    ("recused", "Recused"),
                                    ("guest", "In attendance, without a vote"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("function", models.CharField(blank=True, max_length=60)),
                        ("note", models.TextField(blank=True)),
                        ("at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "meeting",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attendances",
                                to="governance.meeting",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="AgendaItem",
                    fields=[
                        (
                            "id",
                            models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False),
                        ),
                        ("position", models.IntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("motion", "Motion"),
                                    ("consent", "Consent agenda"),
                                    ("free", "Without a motion"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("title", models.CharField(max_length=200)),
                        ("note", models.TextField(blank=True)),
                        ("lifted_at", models.DateTimeField(null=True)),
                        ("lifted_reason", models.TextField(blank=True)),
                        (
                            "decision",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agenda_items",
                                to="governance.decision",
                            ),
                        ),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "meeting",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="governance.meeting",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="MeetingDemand",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("reason", models.TextField()),
                        ("at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        (
                            "decision",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="meeting_demands",
                                to="governance.decision",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Minutes",
                    fields=[
                        (
                            "id",
                            models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False),
                        ),
                        ("number", models.IntegerField()),
                        ("content", models.TextField()),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("signed", "Signed by the chair, waits for a second person"),
                                    ("approved", "Approved"),
                                    ("replaced", "Replaced by another draft"),
                                ],
                                default="draft",
                                max_length=8,
                            ),
                        ),
                        ("drafted_at", models.DateTimeField()),
                        ("approved_at", models.DateTimeField(null=True)),
                        (
                            "chair",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "chair_signature",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.signature",
                            ),
                        ),
                        (
                            "decision",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="minutes",
                                to="governance.decision",
                            ),
                        ),
                        (
                            "drafted_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "meeting",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="minutes",
                                to="governance.meeting",
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "second_signature",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.signature",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="MinutesAddendum",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("number", models.IntegerField()),
                        ("text", models.TextField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "minutes",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="addenda",
                                to="governance.minutes",
                            ),
                        ),
                        (
                            "signature",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.signature",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="MinutesNarrative",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("file_name", models.CharField(max_length=200)),
                        ("media_type", models.CharField(max_length=100)),
                        ("size", models.BigIntegerField()),
                        ("sha256", models.CharField(db_index=True, max_length=64)),
                        ("note", models.TextField(blank=True)),
                        ("at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "minutes",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="narratives",
                                to="governance.minutes",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="RecordedDecision",
                    fields=[
                        (
                            "id",
                            models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("adopted", "Adopted"), ("rejected", "Not carried")],
                                max_length=8,
                            ),
                        ),
                        ("words", models.TextField()),
                        ("decided_at", models.DateTimeField()),
                        ("eligible", models.IntegerField()),
                        ("votes_for", models.IntegerField()),
                        ("votes_against", models.IntegerField()),
                        ("abstentions", models.IntegerField()),
                        ("file_name", models.CharField(max_length=200)),
                        ("media_type", models.CharField(max_length=100)),
                        ("size", models.BigIntegerField()),
                        ("sha256", models.CharField(db_index=True, max_length=64)),
                        ("record_sha256", models.CharField(max_length=64)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waits for a second person"),
                                    ("certified", "Certified by two persons"),
                                    ("refused", "Refused by the second person"),
                                ],
                                default="waiting",
                                max_length=9,
                            ),
                        ),
                        ("first_at", models.DateTimeField()),
                        ("second_at", models.DateTimeField(null=True)),
                        ("refusal", models.TextField(blank=True)),
                        (
                            "decision",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recorded_decisions",
                                to="governance.decision",
                            ),
                        ),
                        (
                            "first_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "first_signature",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.signature",
                            ),
                        ),
                        (
                            "second_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "second_signature",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.signature",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="RecordedVote",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("seat_number", models.IntegerField()),
                        (
                            "vote",
                            models.CharField(
                                choices=[
                                    ("for", "For"),
                                    ("against", "Against"),
                                    ("abstain", "Abstain"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("reason", models.TextField(blank=True)),
                        ("motion_sha256", models.CharField(max_length=64)),
                        ("at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        (
                            "decision",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recorded_votes",
                                to="governance.decision",
                            ),
                        ),
                        (
                            "meeting",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recorded_votes",
                                to="governance.meeting",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Countersignature",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        (
                            "ballot",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="countersignature",
                                to="governance.ballot",
                            ),
                        ),
                        (
                            "recorded_vote",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="countersignature",
                                to="governance.recordedvote",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="SigningList",
                    fields=[
                        (
                            "id",
                            models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("ballots", "Ballots"), ("small_cases", "Small cases")],
                                max_length=11,
                            ),
                        ),
                        ("content", models.TextField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        (
                            "meeting",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signing_lists",
                                to="governance.meeting",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="SignedItem",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("position", models.IntegerField()),
                        ("record_sha256", models.CharField(max_length=64)),
                        ("at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        (
                            "signature",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="listed",
                                to="registry.signature",
                            ),
                        ),
                        (
                            "signing_list",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="governance.signinglist",
                            ),
                        ),
                    ],
                ),
                migrations.AddIndex(
                    model_name="meeting",
                    index=models.Index(fields=["committee", "starts_at"], name="meeting_by_start"),
                ),
                migrations.AddConstraint(
                    model_name="agendaitem",
                    constraint=models.UniqueConstraint(
                        fields=("meeting", "position"), name="agenda_position"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="agendaitem",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("decision__isnull", False)),
                        fields=("meeting", "decision"),
                        name="agenda_motion_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="agendaitem",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision__isnull", True), ("kind", "free")),
                            models.Q(
                                models.Q(("kind", "free"), _negated=True),
                                ("decision__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="agenda_item_fits_its_kind",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="minutes",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision__isnull", True), ("meeting__isnull", False)),
                            models.Q(("decision__isnull", False), ("meeting__isnull", True)),
                            _connector="OR",
                        ),
                        name="minutes_of_one_thing",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="minutes",
                    constraint=models.UniqueConstraint(
                        fields=("meeting", "number"), name="minutes_of_meeting"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="minutes",
                    constraint=models.UniqueConstraint(
                        fields=("decision", "number"), name="minutes_of_round"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="minutes",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "signed", "approved"])),
                        fields=("meeting", "decision"),
                        name="minutes_that_stand",
                        nulls_distinct=False,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="minutes",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("second__isnull", True),
                            models.Q(("second", models.F("chair")), _negated=True),
                            _connector="OR",
                        ),
                        name="minutes_by_two_persons",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="minutes",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            models.Q(
                                ("chair_signature__isnull", False),
                                ("second_signature__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="minutes_signed_twice",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="minutesaddendum",
                    constraint=models.UniqueConstraint(
                        fields=("minutes", "number"), name="addendum_number"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="recordeddecision",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ["waiting", "certified"])),
                        fields=("decision",),
                        name="one_recorded_decision",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="recordeddecision",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("second_by__isnull", True),
                            models.Q(("second_by", models.F("first_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="recorded_decision_by_two_persons",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="recordeddecision",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "certified"), _negated=True),
                            ("second_signature__isnull", False),
                            _connector="OR",
                        ),
                        name="recorded_decision_signed_twice",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="signeditem",
                    constraint=models.UniqueConstraint(
                        fields=("signing_list", "position"), name="signed_item_place"
                    ),
                ),
            ]
        ),
        migrations.RunSQL(
            "CREATE SEQUENCE governance_meeting_number",
            "DROP SEQUENCE governance_meeting_number",
        ),
        *(watch(f"governance_{name}") for name in WATCHED),
        *(append_only(f"governance_{name}") for name in POINTING),
        *(watch(f"governance_{name}", points=True) for name in POINTING),
    ]
