"""Access out of the ordinary: taken in an emergency, or granted to oneself while setting up."""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from ledger.governed import Governed, governed_history
from registry.models.people import Unit, User
from registry.models.systems import System

LONGEST_GLASS = timedelta(hours=4)


class BreakGlass(Governed):
    """Somebody reads what their roles do not show them, for a reason and a few hours.

    It gives reading alone: nothing is signed, decided or changed by it. It ends by itself at
    `until_at`; compliance is told at once and says afterwards what they make of it.
    """

    class Verdict(models.TextChoices):
        JUSTIFIED = "justified", "Was justified"
        NOT_JUSTIFIED = "not_justified", "Was not justified"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.ForeignKey(User, models.PROTECT, related_name="glasses")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    system = models.ForeignKey(System, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField()
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    review_due_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    verdict = models.CharField(max_length=14, choices=Verdict.choices, blank=True)
    review = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False) ^ Q(system__isnull=False),
                name="glass_for_unit_or_system",
            ),
            models.CheckConstraint(
                condition=Q(until_at__gte=F("from_at"))
                & Q(until_at__lte=F("from_at") + LONGEST_GLASS),
                name="glass_for_four_hours",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("person")),
                name="glass_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True, verdict="")
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False) & ~Q(verdict=""),
                name="glass_reviewed_with_verdict",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "until_at"], name="glass_by_person"),
            models.Index(
                fields=["review_due_at"],
                name="glass_to_review",
                condition=Q(reviewed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} until {self.until_at:%Y-%m-%d %H:%M}"


class SetupException(Governed):
    """A first version that its own author approved while nobody else could (SEG-06, I7).

    It stands, with a banner, until a second person confirms it. `object_id` is the thing whose
    first version it is; there is one for each.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=40)
    object_id = models.UUIDField()
    label = models.CharField(max_length=240)
    url = models.CharField(max_length=300, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    system = models.ForeignKey(System, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="one_exception_an_object"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("person")),
                name="exception_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="exception_confirmed_at_an_instant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["unit"],
                name="exception_to_confirm",
                condition=Q(confirmed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.label
