"""What comes from elsewhere: imports with their rows, history that others recorded, registries."""

import uuid

from django.db import models

from ledger.governed import Governed, Recorded, governed_history
from registry.models.people import User
from registry.models.systems import System


class Import(Recorded):
    """A file, or a reading of another registry, that somebody looks at before it is applied.

    `columns` are [kind, name of the column, field that it is read as] as read from the file;
    `options` hold what a person chose: 'date_order' ('' as long as nobody was asked), 'hidden',
    'without_bad', and 'choices' of people, units and systems by what the file calls them.
    `version` moves with every choice, so that nobody applies what they did not see. The rows go a
    month after the end; name, digest and figures stay.
    """

    class State(models.TextChoices):
        READ = "read", "Read, not applied"
        APPLYING = "applying", "Being applied"
        APPLIED = "applied", "Applied"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        YAML = "yaml", "YAML"
        XLSX = "xlsx", "Spreadsheet"
        MLFLOW = "mlflow", "MLflow registry"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=200)
    format = models.CharField(max_length=6, choices=Format.choices)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    notes = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READ)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="imports")
    uploaded_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    rows_gone = models.BooleanField(default=False)
    progress = models.IntegerField(default=0)
    failure = models.TextField(blank=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["-uploaded_at", "id"], name="import_by_time"),
            models.Index(fields=["sha256"], name="import_by_content"),
        ]

    def __str__(self) -> str:
        return self.name


class ImportRow(models.Model):
    """One row of an import: as it stood, as it is read, what is wrong, what would be done.

    A working row: it is judged anew with every choice, and goes a month after the end. `problems`
    are [field, words, how to mend it]; `target` names what was made or found.
    """

    class Kind(models.TextChoices):
        UNIT = "units", "Units"
        PERSON = "people", "People"
        SYSTEM = "systems", "Systems"
        VERSION = "versions", "Versions"
        HISTORY = "history", "History"

    class Action(models.TextChoices):
        CREATE = "create", "Make"
        UPDATE = "update", "Change"
        SAME = "same", "Nothing to change"
        SKIP = "skip", "Leave out"
        BLOCKED = "blocked", "Cannot be taken in"

    of = models.ForeignKey(Import, models.PROTECT, related_name="rows")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    number = models.IntegerField()
    raw = models.JSONField()
    hidden = models.BooleanField(default=False)
    passed = models.TextField(blank=True)
    values = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    action = models.CharField(max_length=8, choices=Action.choices, default=Action.BLOCKED)
    target = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["of", "kind", "number"], name="import_row_number"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class RecordedElsewhere(Recorded):
    """What another record says of a system's past: taken in unsigned, never counted as evidence.

    No approval, deployment or signature of ours: gates, obligations and packs do not read it as
    one. `source` says where it stood, `fingerprint` that it is taken in once. Append-only.
    """

    class Kind(models.TextChoices):
        DEPLOYMENT = "deployment", "Deployment"
        APPROVAL = "approval", "Approval"
        DECISION = "decision", "Decision"
        INCIDENT = "incident", "Incident"
        OTHER = "other", "Something else"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="recorded_elsewhere")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    label = models.CharField(max_length=60, blank=True)
    environment = models.CharField(max_length=30, blank=True)
    said_by = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    source = models.CharField(max_length=200)
    of = models.ForeignKey(Import, models.PROTECT, null=True, related_name="recorded_elsewhere")
    row = models.IntegerField(null=True)
    fingerprint = models.CharField(max_length=64)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "fingerprint"], name="elsewhere_once"),
        ]
        indexes = [models.Index(fields=["system", "-began_at"], name="elsewhere_by_time")]

    def __str__(self) -> str:
        return f"{self.system_id} {self.kind} {self.began_at}"


class ModelRegistry(Governed):
    """Another product's model registry that versions are read from; its credential encrypted."""

    class SignIn(models.TextChoices):
        NONE = "none", "None"
        TOKEN = "token", "Bearer token"
        BASIC = "basic", "Name and password"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=80, unique=True)
    url = models.URLField(max_length=500)
    sign_in = models.CharField(max_length=5, choices=SignIn.choices, default=SignIn.NONE)
    secrets = models.BinaryField(default=bytes)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    history = governed_history(excluded_fields=["secrets"])

    def __str__(self) -> str:
        return self.name


class OrganisationExport(Recorded):
    """An archive of the whole organisation: asked for, how far, what file came of it.

    No page hands the file out: it holds what no single person may read. `path` is relative to the
    files' folder.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        WRITING = "writing", "Being written"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    reason = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    step = models.CharField(max_length=120, blank=True)
    progress = models.IntegerField(default=0)
    failure = models.TextField(blank=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    path = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(null=True)
    rows = models.BigIntegerField(null=True)
    checkpoint_size = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "requested_at"], name="organisation_export_queue")]

    def __str__(self) -> str:
        return f"{self.requested_at} {self.state}"
