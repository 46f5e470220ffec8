"""Timers and messages as rows: what must be told or done later is written down first."""

import uuid

from django.db import models

from ledger.governed import Recorded
from outbox.rules.mails import traced
from outbox.secrets import decrypt


class Timer(models.Model):
    """Something that falls due. Armed, fired or cancelled by its version; never deleted.

    `key` is unique: arming twice is one timer. `inputs` explains the instant (duration, calendar
    version, zone, pauses). `subject_id` is what the kind's handler locks before the timer.
    """

    class State(models.TextChoices):
        ARMED = "armed"
        FIRED = "fired"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=240)
    subject_id = models.UUIDField()
    due_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ARMED)
    payload = models.JSONField(default=dict)
    inputs = models.JSONField(default=dict)
    armed_at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_reason = models.TextField(blank=True)
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        # Not `unique` of the field, which would keep a second index for searches by prefix.
        constraints = [models.UniqueConstraint(fields=["key"], name="timer_key")]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"],
                name="timer_due",
                condition=models.Q(state="armed"),
            ),
            models.Index(fields=["subject_id", "due_at"], name="timer_of_subject"),
            models.Index(
                fields=["-attempts", "due_at"],
                name="timer_failing",
                condition=models.Q(state="armed", attempts__gt=0),
            ),
            models.Index(
                fields=["subject_id"], name="timer_armed", condition=models.Q(state="armed")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} due {self.due_at:%Y-%m-%d %H:%M}"


class WebhookEndpoint(Recorded):
    """Where signed webhooks go. The secrets are encrypted; two may be valid during rotation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=80, unique=True)
    url = models.URLField(max_length=500)
    secrets = models.BinaryField()
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    def newest_secrets(self, count: int = 2) -> list[str]:
        """The secrets that sign, newest first."""
        return decrypt(bytes(self.secrets))[:count]


class Message(models.Model):
    """An outgoing message to a person or a machine. `key` is unique: told once.

    A notice (`kind` says of what) that is not `urgent` is `held` until it is sorted: it then goes
    alone, or is `carried_by` the bundle, digest or summary that holds it and shares its state.
    `sealed_address` is an address that is a secret; `address` then only names it. `read_at` is when
    its reader put it away as read in the product; they may take that back, so it is no evidence.
    """

    class Form(models.TextChoices):
        SINGLE = "single"
        BUNDLE = "bundle"
        DIGEST = "digest"
        SUMMARY = "summary"

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        DELIVERED = "delivered"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    channel = models.CharField(max_length=20)
    key = models.CharField(max_length=240)
    address = models.TextField()
    person_id = models.UUIDField(null=True)
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, null=True, db_index=False)
    subject = models.TextField(blank=True)
    body = models.TextField(blank=True)
    payload = models.JSONField(null=True)
    subject_id = models.UUIDField(null=True)
    short_schedule = models.BooleanField(default=False)
    kind = models.CharField(max_length=20, blank=True)
    urgent = models.BooleanField(default=False)
    drill = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True)
    url = models.TextField(blank=True)
    group = models.CharField(max_length=120, blank=True)
    held = models.BooleanField(default=False)
    in_digest = models.BooleanField(default=False)
    form = models.CharField(max_length=10, choices=Form.choices, default=Form.SINGLE)
    carried_by = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="carries", db_index=False
    )
    sealed_address = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="message_key")]
        # Most messages go to no endpoint and are carried by none: those are in no index of it.
        indexes = [
            models.Index(
                fields=["endpoint"],
                name="message_endpoint",
                condition=models.Q(endpoint__isnull=False),
            ),
            models.Index(
                fields=["carried_by"],
                name="message_carried_by",
                condition=models.Q(carried_by__isnull=False),
            ),
            models.Index(
                fields=["next_attempt_at", "id"],
                name="message_due",
                condition=models.Q(state="queued"),
            ),
            models.Index(fields=["subject_id", "-created_at", "-id"], name="message_about"),
            models.Index(fields=["-created_at", "-id"], name="message_newest"),
            models.Index(
                fields=["person_id", "kind", "-created_at", "-id"],
                name="message_by_kind",
                condition=models.Q(form="single", channel__in=("mail", "product")),
            ),
            models.Index(
                fields=["person_id", "-created_at", "-id"],
                name="message_read",
                condition=models.Q(
                    read_at__isnull=False, form="single", channel__in=("mail", "product")
                ),
            ),
            models.Index(fields=["person_id", "created_at"], name="message_person"),
            models.Index(
                fields=["next_attempt_at", "id"],
                name="message_held",
                condition=models.Q(state="queued", held=True),
            ),
            models.Index(
                fields=["created_at"],
                name="message_notice_age",
                condition=models.Q(urgent=False) & ~models.Q(kind=""),
            ),
            models.Index(
                fields=["person_id", "-created_at", "-id"],
                name="message_unread",
                condition=models.Q(read_at=None, form="single", channel__in=("mail", "product")),
            ),
            # With what the counts of a state ask for, so that they read no message.
            models.Index(
                fields=["state", "-created_at", "-id"],
                name="message_by_state",
                include=["carried_by", "attempts"],
            ),
            models.Index(
                fields=["-created_at", "-id"],
                name="message_seen",
                condition=models.Q(seen_at__isnull=False),
            ),
            models.Index(
                fields=["channel", "-created_at", "-id"],
                name="message_by_rare_channel",
                condition=models.Q(channel__in=("page", "chat", "webhook")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.address}: {self.subject}"

    @property
    def traced_url(self) -> str:
        """The link with the notice's name, so that opening it says that it was seen."""
        return traced(self.url, self.pk)


class DeliveryAttempt(models.Model):
    """One try to deliver a message and what came of it. Append-only."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, models.PROTECT, related_name="tries")
    number = models.IntegerField()
    at = models.DateTimeField()
    ok = models.BooleanField()
    status = models.IntegerField(null=True)
    response = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="attempt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} attempt {self.number}"


class NoticeStorm(models.Model):
    """A time in which so many notices came that they went out as summaries; one at a time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    counted = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(ended_at=None), name="storm_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"storm of {self.began_at:%Y-%m-%d %H:%M}"


class Ticket(Recorded):
    """A ticket in somebody else's system about a subject of ours; it decides nothing here.

    `id` is the stable id that goes out and comes back. What comes back is a `TicketNote`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    subject_id = models.UUIDField()
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="tickets")
    title = models.CharField(max_length=300)
    opened_by = models.UUIDField()
    opened_at = models.DateTimeField()
    url = models.URLField(max_length=500, blank=True)
    external_id = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject_id", "opened_at"], name="ticket_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "endpoint"], name="ticket_once_in_a_system"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id or self.title


class TicketNote(Recorded):
    """What the other system said about a ticket, signed by its webhook. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="notes")
    webhook_id = models.CharField(max_length=120)
    status = models.CharField(max_length=60)
    text = models.TextField(blank=True)
    received_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "webhook_id"], name="ticket_note_once"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket}: {self.status}"


class Reply(models.Model):
    """The answer once given under an idempotency key, kept for 24 hours."""

    id = models.BigAutoField(primary_key=True)
    principal = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=300)
    request_sha256 = models.CharField(max_length=64)
    status = models.IntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "key"], name="reply_once"),
        ]
        indexes = [models.Index(fields=["created_at"], name="reply_age")]

    def __str__(self) -> str:
        return f"{self.request} {self.status}"
