"""How long each kind of record is kept, what may not go meanwhile, and who is to be forgotten."""

import uuid

from django.db import models
from django.db.models import F, Q

from ledger.governed import Governed, governed_history
from registry.models.people import User
from registry.models.systems import System


class RetentionRule(Governed):
    """How long one kind of record is kept, and the least time that the law asks for.

    `kind` names what is dropped (reports.services.retention), `counted_from` the instant in words
    from which the days count. `shipped_days` is what the reference data say, `keep_days` what the
    organisation decided; never below `floor_days`, and not at all where it is `fixed`. `bases` is
    [{text, source, status, checked}]; where it says so, other law may ask for longer. Without
    `drops` nothing of the kind ever goes.
    """

    kind = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=80)
    holds = models.TextField()
    keep_days = models.IntegerField()
    shipped_days = models.IntegerField()
    floor_days = models.IntegerField()
    counted_from = models.CharField(max_length=160)
    bases = models.JSONField(default=list)
    longer = models.TextField(blank=True)
    drops = models.BooleanField(default=True)
    fixed = models.BooleanField(default=False)
    personal = models.BooleanField(default=False)
    place = models.IntegerField(default=0)
    release = models.CharField(max_length=40)
    reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        ordering = ["place", "kind"]
        constraints = [
            models.CheckConstraint(
                condition=Q(keep_days__gte=F("floor_days")), name="kept_no_shorter_than_the_floor"
            ),
            models.CheckConstraint(
                condition=Q(floor_days__gte=0) & Q(keep_days__gte=1), name="kept_for_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.keep_days} days"


class LegalHold(Governed):
    """Nothing that it covers is dropped or erased until it ends. It has an owner who is told.

    `incident_id` and `incident_number` name an incident of the floor above; its system stands
    beside them. It ends when somebody ends it, or at `until_at` where one was set.
    """

    class Scope(models.TextChoices):
        SYSTEM = "system", "One system"
        INCIDENT = "incident", "One incident"
        PERSON = "person", "One person"
        EVERYTHING = "everything", "Everything"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    scope = models.CharField(max_length=10, choices=Scope.choices)
    system = models.ForeignKey(System, models.PROTECT, null=True, related_name="+")
    incident_id = models.UUIDField(null=True)
    incident_number = models.CharField(max_length=20, blank=True)
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="legal_holds")
    reason = models.TextField()
    owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="system", system__isnull=False, incident_id__isnull=True)
                & Q(person__isnull=True)
                | Q(scope="incident", system__isnull=False, incident_id__isnull=False)
                & Q(person__isnull=True)
                | Q(scope="person", person__isnull=False, system__isnull=True)
                & Q(incident_id__isnull=True)
                | Q(scope="everything", system__isnull=True, person__isnull=True)
                & Q(incident_id__isnull=True),
                name="hold_names_what_it_covers",
            ),
        ]
        indexes = [
            models.Index(
                fields=["from_at"], name="hold_not_ended", condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} since {self.from_at:%Y-%m-%d}"


class ErasureRequest(Governed):
    """That a person's data be erased: asked for by one, confirmed by another, then done."""

    class Basis(models.TextChoices):
        REQUEST = "request", "The person asked for it (GDPR Art. 17(1))"
        NOT_NEEDED = "not_needed", "No longer needed (GDPR Art. 17(1)(a))"
        OBJECTION = "objection", "The person objected (GDPR Art. 17(1)(c))"
        UNLAWFUL = "unlawful", "Processed unlawfully (GDPR Art. 17(1)(d))"
        OBLIGATION = "obligation", "Another law orders it (GDPR Art. 17(1)(e))"

    class State(models.TextChoices):
        ASKED = "asked", "Waits for a second person"
        DONE = "done", "Erased"
        DECLINED = "declined", "Declined"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.ForeignKey(User, models.PROTECT, related_name="erasure_requests")
    basis = models.CharField(max_length=12, choices=Basis.choices)
    reason = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(state="asked"), name="one_open_erasure_request"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="erasure_by_two_persons",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-asked_at", "-id"], name="erasure_waiting", condition=Q(state="asked")
            ),
            models.Index(
                fields=["-asked_at", "-id"], name="erasure_decided", condition=~Q(state="asked")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.state}"
