"""Independent probes: where a system is asked what it is doing, beside its gateway's word."""

import uuid

from django.db import models

from ledger.governed import Governed, governed_history
from outbox.secrets import decrypt
from registry.models import System, User


class ProbeEndpoint(Governed):
    """Where the state of a system in an environment is read by GET; its token encrypted.

    It answers in JSON with what an action is compared with: serving, version, digest, restricted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="probes")
    environment = models.CharField(max_length=30, default="production")
    url = models.CharField(max_length=500)
    secrets = models.BinaryField(default=bytes)
    every_seconds = models.IntegerField(default=60)
    active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)
    set_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()
    history = governed_history(excluded_fields=["secrets"])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "environment"], name="one_probe_endpoint"),
            models.CheckConstraint(
                condition=models.Q(every_seconds__gte=10), name="probe_not_hasty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.environment}"

    @property
    def token(self) -> str:
        """The bearer token that it is asked with, '' for none."""
        return decrypt(bytes(self.secrets))[0] if self.secrets else ""


class ProbeState(models.Model):
    """When an endpoint is asked next, and what it said last. Mutable, and no evidence.

    What an answer means for an action stands in the action's receipts. `attempts` tells who holds
    the lease.
    """

    endpoint = models.OneToOneField(
        ProbeEndpoint, models.PROTECT, primary_key=True, related_name="state"
    )
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    failures = models.IntegerField(default=0)
    failure = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="probe_due")]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.next_at}"
