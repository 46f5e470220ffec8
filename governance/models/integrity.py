"""What was found wrong with the record itself, and the case that came of it."""

from django.db import models

from incidents.models import Incident
from ledger.governed import Recorded


class IntegrityCause(Recorded):
    """Ties an incident to a finding of the ledger: each finding is a case once. Append-only.

    `reference` names it: a transaction, a verification, a look at the triggers.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="integrity_causes")
    reference = models.CharField(max_length=80, unique=True)
    words = models.TextField()
    happened_at = models.DateTimeField()
    joined_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reference
