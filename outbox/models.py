"""Timers and messages as rows: what must be told or done later is written down first."""

import uuid

from django.db import models

from ledger.governed import Recorded
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
    key = models.CharField(max_length=240, unique=True)
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
        indexes = [
            models.Index(
                fields=["next_try_at", "id"],
                name="timer_due",
                condition=models.Q(state="armed"),
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
    """An outgoing message to a person or a machine. `key` is unique: told once."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        DELIVERED = "delivered"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    channel = models.CharField(max_length=20)
    key = models.CharField(max_length=240, unique=True)
    address = models.TextField()
    person_id = models.UUIDField(null=True)
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, null=True)
    subject = models.TextField(blank=True)
    body = models.TextField(blank=True)
    payload = models.JSONField(null=True)
    subject_id = models.UUIDField(null=True)
    short_schedule = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                name="message_due",
                condition=models.Q(state="queued"),
            ),
            models.Index(fields=["subject_id"], name="message_subject"),
            models.Index(fields=["person_id", "created_at"], name="message_person"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.address}: {self.subject}"


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
