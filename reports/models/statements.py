"""What is stated of controls: applicability, uploads as evidence, gaps with who closes them."""

import uuid

from django.db import models
from django.db.models import F, Q

from ledger.governed import Governed, governed_history
from registry.models import Framework, Provision, Signature, System, User


class ApplicabilityStatement(Governed):
    """A statement of applicability: a line a control of one framework, signed by a second person.

    `lines` is {provision id: {applicable, reason, how}}. `revision` counts the saves of a draft.
    Once it is signed `sha256` is the hash of what was signed, and what it says never changes:
    another version takes its place.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_FORCE = "in_force", "In force"
        REPLACED = "replaced", "Replaced"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    framework = models.ForeignKey(Framework, models.PROTECT, related_name="+")
    version = models.IntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    lines = models.JSONField(default=dict)
    revision = models.IntegerField(default=1)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    signature = models.OneToOneField(Signature, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("author")),
                name="applicability_by_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_force")
                | ~Q(sha256="")
                & Q(approved_by__isnull=False, approved_at__isnull=False, signature__isnull=False),
                name="applicability_in_force_is_signed",
            ),
            models.UniqueConstraint(fields=["framework", "version"], name="applicability_version"),
            models.UniqueConstraint(
                fields=["framework"],
                condition=Q(state="in_force"),
                name="one_applicability_in_force",
            ),
            models.UniqueConstraint(
                fields=["framework"], condition=Q(state="draft"), name="one_applicability_draft"
            ),
        ]
        indexes = [models.Index(fields=["-drafted_at", "-id"], name="applicability_newest")]

    def __str__(self) -> str:
        return f"{self.framework_id}, version {self.version}"


class ControlUpload(Governed):
    """A file or a link that shows a control; it counts once another person reviewed it.

    A file lies in the store of documents under its SHA-256. `valid_until` is its last day at the
    seat; without one it ages as the map of controls says.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for review"
        REVIEWED = "reviewed", "Reviewed"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    provision = models.ForeignKey(Provision, models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    link = models.CharField(max_length=2000, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=120, blank=True)
    size = models.BigIntegerField(default=0)
    valid_until = models.DateField(null=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    said = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("uploaded_by")),
                name="control_upload_by_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state="reviewed")
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="control_upload_counts_reviewed",
            ),
            models.CheckConstraint(
                condition=Q(link="") & ~Q(sha256="") | ~Q(link="") & Q(sha256=""),
                name="control_upload_file_or_link",
            ),
        ]
        indexes = [
            models.Index(fields=["provision", "state"], name="control_upload_of"),
            models.Index(fields=["-uploaded_at", "-id"], name="control_upload_newest"),
            models.Index(
                fields=["provision", "-uploaded_at", "-id"], name="control_upload_newest_of"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class EvidenceGap(Governed):
    """A gap of a control that somebody closes until a day; of one system, or of them all."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    provision = models.ForeignKey(Provision, models.PROTECT, related_name="+")
    system = models.ForeignKey(System, models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    note = models.TextField(blank=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    version = models.IntegerField(default=1)
    assigned_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="closed")
                | Q(closed_by__isnull=False, closed_at__isnull=False) & ~Q(closed_reason=""),
                name="evidence_gap_closed_with_reason",
            ),
            models.UniqueConstraint(
                fields=["provision", "system"],
                condition=Q(state="open"),
                nulls_distinct=False,
                name="one_open_evidence_gap",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at", "id"], name="evidence_gap_by_due")]

    def __str__(self) -> str:
        return f"{self.provision_id}, {self.state}"
