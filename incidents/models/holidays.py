"""Which country's public holidays a working calendar takes in, and the days themselves."""

import uuid

from django.db import models

from ledger.governed import Governed, governed_history
from registry.models import User


class HolidayChoice(Governed):
    """The public holidays of a country, perhaps of a part of it, for the calendars of one name.

    `days` are those that were taken in, {ISO date: name}: data, as they were known when they were
    refreshed, up to the end of `through_year`. They are days off in every later version of the
    calendar, and no working days where a law counts working days (Regulation 1182/71).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    calendar_name = models.CharField(max_length=80, unique=True)
    country = models.CharField(max_length=2)
    subdivision = models.CharField(max_length=10, blank=True)
    days = models.JSONField(default=dict)
    through_year = models.IntegerField()
    chosen_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    chosen_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    history = governed_history()

    def __str__(self) -> str:
        return f"{self.calendar_name}: {self.place}"

    @property
    def place(self) -> str:
        """The country and its part, as 'DE-BY'."""
        return "-".join(part for part in (self.country, self.subdivision) if part)
