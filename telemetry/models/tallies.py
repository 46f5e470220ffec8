"""Sums over decision events by hour: derived, and made again from the events at any time."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from registry.models import System


class TallyScope(models.Model):
    """What is tallied of a system: split by an attribute, counted for an answer, from when on.

    Every event at or after `since` is in the tallies; windows that begin earlier are counted from
    the events themselves. `layout` names the order of the sums.
    """

    id = models.BigAutoField(primary_key=True)
    system = models.ForeignKey(System, models.PROTECT, related_name="+")
    environment = models.CharField(max_length=30)
    attribute = models.CharField(max_length=60, blank=True)
    positive = models.CharField(max_length=60, blank=True)
    since = models.DateTimeField()
    layout = models.CharField(max_length=16)

    class Meta:
        db_table = "telemetry_tally_scope"
        constraints = [
            models.UniqueConstraint(
                fields=["system", "environment", "attribute", "positive"], name="tally_scope_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.environment} {self.attribute}"


class Tally(models.Model):
    """The sums of one hour for one value of the attribute; the empty one stands for all events.

    Exact decimals, so that no order of arrival leaves another last digit; the column has no bounds.
    """

    pk = models.CompositePrimaryKey("scope_id", "hour", "part")
    scope = models.ForeignKey(
        TallyScope, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    hour = models.DateTimeField()
    part = models.CharField(max_length=60, blank=True)
    sums = ArrayField(models.DecimalField(max_digits=1000, decimal_places=500))

    class Meta:
        db_table = "telemetry_tally"

    def __str__(self) -> str:
        return f"{self.scope_id} {self.hour} {self.part}"
