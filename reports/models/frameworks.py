"""Frameworks that an organisation brings: each version as written, who put it into force."""

import uuid

from django.db import models
from django.db.models import F, Q

from ledger.governed import Governed, governed_history
from registry.models import User


class OwnFramework(Governed):
    """A version of an organisation's own framework, in force once a second person approved it.

    `text` is the YAML exactly as it was brought, `sha256` its hash; `document` is what was
    understood of it (reports.rules.own_frameworks.OwnFrameworkDocument). Its framework and
    provisions stand in the registry under `key` and '<key>.<control id>' from the approval on.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for approval"
        IN_FORCE = "in_force", "In force"
        REPLACED = "replaced", "Replaced"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.SlugField(max_length=20)
    version = models.IntegerField()
    name = models.CharField(max_length=120)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    document = models.JSONField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PROPOSED)
    brought_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    brought_at = models.DateTimeField()
    brought_because = models.TextField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="own_framework_version"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(state="in_force"), name="one_own_framework_in_force"
            ),
            models.UniqueConstraint(
                fields=["key"], condition=Q(state="proposed"), name="one_own_framework_proposed"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("brought_by")),
                name="own_framework_by_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_force")
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="own_framework_in_force_is_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"
