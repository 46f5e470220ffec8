"""The course of a case that ended, in one row: what its transitions come to, for the figures."""

from django.db import models

from incidents.models.incident import Incident


class Course(models.Model):
    """How far a case got and when, and how often it went back, as of `stage_entered_at`.

    Drawn from its transitions when it ends, and good only while the case stands where it entered
    then: one that went on is read from its transitions. Nothing but the figures reads it, and
    every row can be drawn again. A version would say the same, but changes with every command,
    and what finds it in an index would be written anew each time.
    """

    incident = models.OneToOneField(
        Incident, models.PROTECT, primary_key=True, related_name="course"
    )
    stage_entered_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    was_reopened = models.BooleanField()
    was_false = models.BooleanField()
    submissions = models.IntegerField()
    returns = models.IntegerField()
    verifications = models.IntegerField()
    failures = models.IntegerField()
    stages = models.IntegerField()
    late_stages = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.incident_id} at {self.stage_entered_at}"
