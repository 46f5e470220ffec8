"""Which duties to report the organisation, or one system of it, falls under (CLK-13)."""

import uuid
from typing import Any

from django.db import models

from ledger.governed import Governed, governed_history
from registry.models.people import User
from registry.models.systems import System


class Regimes(Governed):
    """Abstract: answers by fact, {fact: {answer, source}}; what is not there is undecided.

    The facts are the questions of the questionnaire 'reporting-regimes'. `answer` is yes, no or
    undecided; `source` says what it rests on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    version = models.IntegerField(default=1)
    answers = models.JSONField(default=dict)
    reason = models.TextField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        abstract = True

    def answer(self, fact: str) -> str:
        """Return what was decided on a fact: yes, no or undecided."""
        found: dict[str, Any] = self.answers.get(fact) or {}
        return str(found.get("answer", "undecided"))


class OrganisationProfile(Regimes):
    """The organisation's own answers: one row, versioned."""

    only = models.BooleanField(default=True, editable=False)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["only"], name="one_organisation_profile"),
            models.CheckConstraint(condition=models.Q(only=True), name="organisation_profile_only"),
        ]

    def __str__(self) -> str:
        return f"organisation, version {self.version}"


class SystemRegimes(Regimes):
    """Where one system differs from the organisation: its answers win."""

    system = models.OneToOneField(System, models.PROTECT, related_name="regimes")
    history = governed_history()

    def __str__(self) -> str:
        return f"{self.system_id}, version {self.version}"
