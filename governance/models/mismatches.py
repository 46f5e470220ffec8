"""Who answered without an approval, and the incident that came of it (TEL-9)."""

from django.db import models

from incidents.models import Incident
from ledger.governed import Recorded


class MismatchCause(Recorded):
    """Ties an incident to an answerer that nobody approved: each is tied once. Append-only.

    `parts` is what its events told of it beside the version; `sha256` names version and parts. The
    decisions of it are counted from `first_at` on, when they are asked for.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="mismatches")
    version_label = models.CharField(max_length=60)
    parts = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    reason = models.CharField(max_length=12)
    words = models.TextField()
    first_at = models.DateTimeField()
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "sha256"], name="mismatch_once"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.version_label}"
