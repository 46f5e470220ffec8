"""Evidence packs: what was asked for, how far it is, what was built."""

import uuid

from django.db import models

from governance.models import AuthorityRequest
from incidents.models import Incident
from ledger.governed import Recorded
from registry.models import System, Unit, User
from reports.rules.asked import BREADTHS, KINDS, RECIPIENTS


class Pack(Recorded):
    """An evidence pack of systems and a period, built in the background. Mutable until ready.

    `breadth` says what it is of: one system, a unit with all below it, the whole organisation; an
    incident file is of one incident, the pack of an authority's request of what the request is
    about. `systems` is what that came to when it was asked for (reports.rules.things.SystemRef);
    a pack of before that has none and is of `system`. `recipient` decides what is withheld. It
    shows the record as it was at `as_of`; without one, as it was when it was asked for.
    `newest_entry` is the last ledger number of that instant; the request, `request_entry`, lies
    outside the pack. `attempts` fences workers: who holds an older number has lost the
    lease. `path` is relative to the files' folder and named by the content's SHA-256.
    `checkpoint_size` binds every attempt to one checkpoint of the ledger, `key` (vkey) signed it;
    `waits_for` says what a pack that is being built waits for.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        BUILDING = "building", "Being built"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=20, choices=list(KINDS.items()), default="everything")
    breadth = models.CharField(max_length=12, choices=list(BREADTHS.items()), default="system")
    recipient = models.CharField(max_length=10, choices=list(RECIPIENTS.items()), default="auditor")
    subject = models.CharField(max_length=200, blank=True, default="")
    system = models.ForeignKey(System, models.PROTECT, null=True, related_name="packs")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="packs")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="packs")
    request = models.ForeignKey(AuthorityRequest, models.PROTECT, null=True, related_name="packs")
    systems = models.JSONField(default=list)
    since = models.DateTimeField()
    until = models.DateTimeField()
    as_of = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    step = models.CharField(max_length=120, blank=True)
    part = models.CharField(max_length=200, blank=True, default="")
    progress = models.IntegerField(default=0)
    failure = models.TextField(blank=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="packs")
    requested_at = models.DateTimeField()
    newest_entry = models.BigIntegerField(default=0)
    request_entry = models.BigIntegerField(default=0)
    built_at = models.DateTimeField(null=True)
    path = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(null=True)
    files = models.IntegerField(null=True)
    pages = models.IntegerField(null=True)
    missing = models.TextField(blank=True)
    checkpoint_size = models.BigIntegerField(null=True)
    key = models.TextField(blank=True)
    waits_for = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(since__lt=models.F("until")), name="pack_period_runs_forward"
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(breadth="system", system__isnull=False) | ~models.Q(breadth="system")
                )
                & (models.Q(breadth="unit", unit__isnull=False) | ~models.Q(breadth="unit"))
                & (models.Q(kind="incident", incident__isnull=False) | ~models.Q(kind="incident")),
                name="pack_is_of_something",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "requested_at"], name="pack_queue"),
            models.Index(fields=["-requested_at", "-id"], name="pack_newest"),
        ]

    def __str__(self) -> str:
        return self.number


class Printout(models.Model):
    """A list of the ledger or another document as a PDF, made in the background. It goes.

    `kind` is 'ledger' or one of reports.paper_kinds, which have a `title`. `query` is the filter as
    it stood in the address; `newest_entry` the last number at the request, 0 for other kinds.
    It is for who asked for it, and its file is removed after a day. `attempts` fences workers.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        MAKING = "making", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        GONE = "gone", "Removed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=30, default="ledger")
    title = models.CharField(max_length=200, blank=True)
    query = models.JSONField(default=dict)
    exceptions = models.BooleanField(default=False)
    newest_entry = models.BigIntegerField()
    lines = models.IntegerField()
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="printouts")
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    failure = models.TextField(blank=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    made_at = models.DateTimeField(null=True)
    path = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(null=True)
    pages = models.IntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "requested_at"], name="printout_queue")]

    def __str__(self) -> str:
        return f"{self.lines} entries for {self.requested_by_id}"
