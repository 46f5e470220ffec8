"""Back-tests of thresholds over the stored past; rules attested by a person."""

import uuid

from django.db import models

from governance.models.thresholds import Threshold, ThresholdVersion
from ledger.governed import Recorded
from registry.models import System, User

PROGRESS = (
    "state",
    "cursor",
    "done",
    "attempts",
    "failure",
    "finished_at",
)


class Backtest(Recorded):
    """A proposed threshold replayed over stored readings, beside the one in force (KPI-9).

    `stated` are the limits that were tried, resolved, in the KPI's unit; `version` is the draft
    that they belong to, None for a mere try. `against` judged the same past. `cursor` is where a
    worker goes on after a break; `result` is written once, at the end.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    technical = frozenset(PROGRESS)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="backtests")
    threshold = models.ForeignKey(Threshold, models.PROTECT, null=True, related_name="backtests")
    version = models.ForeignKey(
        ThresholdVersion, models.PROTECT, null=True, related_name="backtests"
    )
    against = models.ForeignKey(ThresholdVersion, models.PROTECT, null=True, related_name="+")
    kpi_id = models.CharField(max_length=60)
    series_ids = models.JSONField()
    stated = models.JSONField()
    since_at = models.DateTimeField()
    until_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    cursor = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    failure = models.TextField(blank=True)
    attempts = models.IntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "asked_at"], name="backtest_queue"),
            models.Index(fields=["system", "-asked_at"], name="backtest_by_system"),
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.state}"


class RuleAttestation(Recorded):
    """A person says that these rules are the ones meant for a system: what drift is told from.

    `rules` are [kind, name, version, hash] of everything in force then. Append-only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="rule_attestations")
    rules = models.JSONField()
    sha256 = models.CharField(max_length=64)
    statement = models.TextField(blank=True)
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["system", "-at"], name="attested_by_system")]

    def __str__(self) -> str:
        return f"{self.system_id} {self.at}"
