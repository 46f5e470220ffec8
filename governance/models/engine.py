"""The engine: which version may run, and when its processes last showed themselves."""

from django.db import models

from ledger.governed import Recorded


class EngineVersion(Recorded):
    """A version of the engine took over; programs of a lower one stop. Append-only."""

    id = models.BigAutoField(primary_key=True)
    number = models.IntegerField(unique=True)
    process = models.CharField(max_length=20)
    taken_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"engine {self.number}"


class EngineBeat(models.Model):
    """When a process last showed itself, and what it found. Mutable, and no evidence."""

    process = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()
    ok = models.BooleanField(default=True)
    found = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.process} {self.at}"
