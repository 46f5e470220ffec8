"""What owner and compliance write: answers, first assessment, findings, validation, evidence."""

import uuid

from django.db import models

from incidents.models.incident import Incident
from ledger.governed import Recorded
from registry.models import Signature, User


class Questions(Recorded):
    """The four questions of the acknowledgement: yes, no or unknown; the newest counts."""

    ANSWERS = (("yes", "Yes"), ("no", "No"), ("unknown", "Not known yet"))

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="questions")
    cycle = models.IntegerField()
    person_harmed = models.CharField(max_length=8, choices=ANSWERS)
    rights_affected = models.CharField(max_length=8, choices=ANSWERS)
    personal_data = models.CharField(max_length=8, choices=ANSWERS)
    critical_service = models.CharField(max_length=8, choices=ANSWERS)
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["incident", "answered_at"], name="questions_newest")]

    def __str__(self) -> str:
        return f"{self.incident_id} questions"


class FirstAssessment(Recorded):
    """Five fields, prefilled; the newest counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="assessments")
    cycle = models.IntegerField()
    seen = models.TextField()
    since = models.DateTimeField(null=True)
    affected = models.IntegerField(null=True)
    affected_note = models.TextField(blank=True)
    contained = models.BooleanField()
    next_step = models.TextField()
    next_step_at = models.DateTimeField(null=True)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.incident_id} first assessment"


class Findings(Recorded):
    """The owner's findings, signed. A resubmission is a new revision with its own hash."""

    class Cause(models.TextChoices):
        DATA_DRIFT = "data_drift", "Input data changed"
        MODEL_CHANGE = "model_change", "Model change"
        PROXY = "proxy", "Model change: a proxy for a protected attribute"
        DATA_FAULT = "data_fault", "Data fault"
        KNOWLEDGE = "knowledge", "Stale or missing knowledge"
        PROMPT = "prompt", "Prompt or policy change"
        BYPASS = "bypass", "A limit was bypassed"
        SUPPLIER = "supplier", "Supplier change"
        USE = "use", "Used outside its purpose"
        OTHER = "other", "Other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="findings")
    cycle = models.IntegerField()
    revision = models.IntegerField()
    cause = models.CharField(max_length=16, choices=Cause.choices)
    narrative = models.TextField()
    version_label = models.CharField(max_length=60, blank=True)
    affected = models.IntegerField(null=True)
    affected_note = models.TextField(blank=True)
    affected_from = models.DateTimeField(null=True)
    affected_until = models.DateTimeField(null=True)
    harm = models.TextField()
    proposed_severity = models.CharField(max_length=8)
    proposed_action = models.TextField()
    containment = models.TextField(blank=True)
    record_sha256 = models.CharField(max_length=64)
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    signature = models.ForeignKey(Signature, models.PROTECT, related_name="+")
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "cycle", "revision"], name="findings_revision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} findings {self.revision}"


class Evidence(Recorded):
    """Something that supports findings or a proof: a title, where it stands, its hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="evidence")
    cycle = models.IntegerField()
    title = models.CharField(max_length=200)
    reference = models.TextField()
    sha256 = models.CharField(max_length=64)
    purpose = models.CharField(max_length=20, default="findings")
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return self.title


class Validation(Recorded):
    """A validator's signed review of one hash of the findings.

    `clocks` holds the answer to each clock as signed: [{clock, answer, reason, aware_at}].
    """

    class Line(models.TextChoices):
        COMPLIANCE = "compliance", "Compliance"
        RISK = "risk", "Risk"

    class Implication(models.TextChoices):
        NONE = "none", "Not reportable, because"
        REGIME = "regime", "Confirm the clock"
        INFORMED = "informed", "Supervisor informed without a statutory clock"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="validations")
    cycle = models.IntegerField()
    line = models.CharField(max_length=10, choices=Line.choices)
    findings = models.ForeignKey(Findings, models.PROTECT, related_name="validations")
    findings_sha256 = models.CharField(max_length=64)
    severity = models.CharField(max_length=8)
    severity_reason = models.TextField(blank=True)
    implication = models.CharField(max_length=8, choices=Implication.choices)
    implication_reason = models.TextField(blank=True)
    clocks = models.JSONField(default=list)
    harm = models.TextField()
    validator = models.ForeignKey(User, models.PROTECT, related_name="+")
    validated_at = models.DateTimeField()
    signature = models.ForeignKey(Signature, models.PROTECT, related_name="+")
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.incident_id} {self.line}"
