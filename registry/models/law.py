"""The law as data: in this floor's first part, the clocks that an answer may start."""

from django.db import models


class ClockRule(models.Model):
    """A duty to report within a time: regime, limb, period, basis, status, source."""

    id = models.SlugField(primary_key=True, max_length=60)
    regime = models.CharField(max_length=40)
    limb = models.CharField(max_length=120)
    basis = models.CharField(max_length=120)
    question = models.CharField(max_length=40)
    hours = models.IntegerField()
    status = models.CharField(max_length=40)
    statutory_from = models.DateField(null=True)
    applies_to = models.CharField(max_length=60, blank=True)
    source = models.TextField()
    checked = models.CharField(max_length=12)

    def __str__(self) -> str:
        return f"{self.basis}, {self.hours} h"
