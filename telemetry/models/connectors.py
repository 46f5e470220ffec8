"""Where readings are fetched from on a schedule, and files of readings that people hand in."""

import uuid
from datetime import timedelta

from django.db import models

from ledger.governed import Governed, Recorded, governed_history
from registry.models import System, User


class Connector(Governed):
    """Another product that is asked for readings of one system; its credential encrypted.

    Without `url` it is not asked: its reports are sent here (Evidently alone).
    `lines` say what is asked and which KPI the answer is (telemetry.rules.mappings.Line).
    """

    class Kind(models.TextChoices):
        PROMETHEUS = "prometheus", "Prometheus"
        MLFLOW = "mlflow", "MLflow"
        EVIDENTLY = "evidently", "Evidently"

    class SignIn(models.TextChoices):
        NONE = "none", "None"
        TOKEN = "token", "Bearer token"
        BASIC = "basic", "Name and password"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    system = models.ForeignKey(System, models.PROTECT, related_name="connectors")
    url = models.CharField(max_length=500)
    sign_in = models.CharField(max_length=5, choices=SignIn.choices, default=SignIn.NONE)
    secrets = models.BinaryField(default=bytes)
    every_seconds = models.IntegerField()
    lines = models.JSONField()
    active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField()
    history = governed_history(excluded_fields=["secrets"])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(every_seconds__gte=30), name="connector_not_hasty"
            ),
        ]
        indexes = [models.Index(fields=["system", "name"], name="connector_by_system")]

    def __str__(self) -> str:
        return self.name

    @property
    def every(self) -> timedelta:
        """How long after a poll the next one is due."""
        return timedelta(seconds=self.every_seconds)


class ConnectorState(models.Model):
    """How the polls of a connector go: when next, since when failing, how far each line is.

    Mutable, and no evidence: what was taken in stands in batches, what began or ceased to fail in
    the ledger. `marks` hold the newest window end by line. `attempts` tells who holds the lease.
    """

    connector = models.OneToOneField(
        Connector, models.PROTECT, primary_key=True, related_name="state"
    )
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    failures = models.IntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)
    polled_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    marks = models.JSONField(default=dict)
    accepted_at = models.DateTimeField(null=True)
    accepted_row = models.JSONField(null=True)
    rejected_at = models.DateTimeField(null=True)
    rejected_row = models.JSONField(null=True)
    rejected_why = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="connector_due")]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.next_at}"


class ConnectorRun(models.Model):
    """One poll: what came, what was taken, what was not and why. Kept for a month.

    `refused` are [row, field, reason] of the first hundred.
    """

    id = models.BigAutoField(primary_key=True)
    connector = models.ForeignKey(Connector, models.PROTECT, related_name="runs")
    started_at = models.DateTimeField()
    failure = models.TextField(blank=True)
    fetched = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    repeated = models.IntegerField(default=0)
    quarantined = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    refused = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    batch_id = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["connector", "-id"], name="connector_run_newest")]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.started_at}"


class Upload(Recorded):
    """A file of readings or decision events that a person looks at before it is taken in.

    `columns` are [name of the column, field that it is read as]; `options` what stands for every
    row that does not say it (system, kpi, environment, window) and how figures and instants are
    written (decimal, zone). `version` moves with every choice. `done` counts the lines that were
    gone through: after a crash it goes on from there. The lines go a month after the end.
    """

    class State(models.TextChoices):
        READ = "read", "Read, not taken in"
        IMPORTING = "importing", "Being taken in"
        IMPORTED = "imported", "Taken in"
        WITHDRAWN = "withdrawn", "Put aside"

    class Kind(models.TextChoices):
        MEASUREMENTS = "measurements", "Readings"
        DECISIONS = "decisions", "Decision events"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    columns = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    rows = models.IntegerField()
    faults = models.IntegerField(default=0)
    version = models.IntegerField(default=1)
    state = models.CharField(max_length=9, choices=State.choices, default=State.READ)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="uploads")
    uploaded_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    rows_gone = models.BooleanField(default=False)
    done = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    repeated = models.IntegerField(default=0)
    quarantined = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    failure = models.TextField(blank=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["-uploaded_at", "id"], name="upload_by_time"),
            models.Index(
                fields=["uploaded_at"],
                name="upload_queue",
                condition=models.Q(state="importing"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UploadChunk(models.Model):
    """Some hundred lines of a file as they stand: [number, [cell, …]]. A working row."""

    of = models.ForeignKey(Upload, models.PROTECT, related_name="chunks")
    place = models.IntegerField()
    lines = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["of", "place"], name="upload_chunk_place"),
        ]

    def __str__(self) -> str:
        return f"{self.of_id} {self.place}"


class UploadFault(models.Model):
    """Why a line is not taken in: seen when it was read, or told when it was taken in."""

    of = models.ForeignKey(Upload, models.PROTECT, related_name="faults_told")
    number = models.IntegerField()
    field = models.CharField(max_length=60, blank=True)
    reason = models.TextField()
    at_import = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["of", "number"], name="upload_fault_by_line")]

    def __str__(self) -> str:
        return f"{self.number} {self.reason}"
