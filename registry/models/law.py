"""The law as data: which releases were loaded, and the clocks that an answer may start."""

from django.db import models

from ledger.governed import Recorded


class ReferenceRelease(Recorded):
    """A version of reference data that was loaded: the same version always has the same content."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="reference_version"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class ClockRule(Recorded):
    """A duty to report within a time: regime, limb, period, basis, status, source.

    `question` is the answer that arms it; `applies_to` what must be true of the system or the
    organisation: 'high_risk', or a fact of the questionnaire 'reporting-regimes'. `hours` is 0
    where the law counts in months or gives no number: `period` says it in words, and nothing arms
    it. `counts_from` is awareness, or the earlier report. `terms` is what else an engine must know
    (incidents.rules.clock_terms): months, which reports it follows, further questions that arm it.
    A rule that a later release no longer holds stays, marked `superseded_in`.
    """

    id = models.SlugField(primary_key=True, max_length=60)
    regime = models.CharField(max_length=40)
    limb = models.CharField(max_length=120)
    basis = models.CharField(max_length=120)
    question = models.CharField(max_length=40)
    hours = models.IntegerField()
    period = models.CharField(max_length=80, blank=True)
    counts_from = models.CharField(max_length=80, default="awareness")
    terms = models.JSONField(default=dict)
    status = models.CharField(max_length=40)
    statutory_from = models.DateField(null=True)
    applies_to = models.CharField(max_length=60, blank=True)
    source = models.TextField()
    sources = models.JSONField(default=list)
    checked = models.CharField(max_length=12)
    superseded_in = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.basis}, {self.hours} h"
