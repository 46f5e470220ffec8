"""What a person keeps of their desk: views by name, and the secret address of a calendar."""

import uuid

from django.db import models
from django.db.models import Q

from ledger.governed import Governed, governed_history
from registry.models import User


class DeskView(Governed):
    """A list as one person filtered it, under a name of theirs; shown as a link.

    `query` is the part of the address after '?', as the list itself writes it. One that was taken
    away stays with `removed_at`.
    """

    class Page(models.TextChoices):
        DESK = "desk", "My desk"
        INCIDENTS = "incidents", "Incidents"
        SYSTEMS = "systems", "Systems"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, models.PROTECT, related_name="desk_views")
    page = models.CharField(max_length=9, choices=Page.choices, default=Page.DESK)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page", "name"],
                condition=Q(removed_at__isnull=True),
                name="desk_view_once_by_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarFeed(Governed):
    """The secret address at which a person's calendar program reads their deadlines.

    Only the SHA-256 of the secret is kept; it is told once. One holds at a time.
    """

    class Ended(models.TextChoices):
        REPLACED = "replaced", "Replaced by a new address"
        REVOKED = "revoked", "Revoked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, models.PROTECT, related_name="calendar_feeds")
    secret_sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=8, choices=Ended.choices, blank=True)
    history = governed_history(excluded_fields=["secret_sha256"])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(ended_at__isnull=True),
                name="one_calendar_feed_at_a_time",
            ),
            # Not `unique` of the field, which would keep a second index for searches by prefix.
            models.UniqueConstraint(fields=["secret_sha256"], name="calendar_feed_secret"),
        ]

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
