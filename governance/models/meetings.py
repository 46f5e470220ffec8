"""Meetings of a committee: agenda, attendance, lists that one ceremony signs, minutes."""

import uuid

from django.db import models
from django.db.models import F, Q

from governance.models.committee import Ballot, Committee, Decision
from ledger.governed import Governed, Recorded, governed_history
from registry.models import Signature, User


class Meeting(Governed):
    """A meeting of a body, convened with notice. Times are UTC; `urgent` shortens the notice."""

    class State(models.TextChoices):
        PLANNED = "planned", "Convened"
        OPEN = "open", "In session"
        ENDED = "ended", "Ended"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    committee = models.ForeignKey(Committee, models.PROTECT, related_name="meetings")
    title = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=300, blank=True)
    link = models.CharField(max_length=500, blank=True)
    urgent = models.BooleanField(default=False)
    urgent_reason = models.TextField(blank=True)
    convened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    notice_sent_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    opened_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    history = governed_history()

    class Meta:
        indexes = [
            models.Index(fields=["committee", "starts_at"], name="meeting_by_start"),
            models.Index(
                fields=["starts_at", "number"],
                name="meeting_to_come",
                condition=Q(state__in=["planned", "open"]),
            ),
            models.Index(
                fields=["-starts_at", "-number"],
                name="meeting_held",
                condition=Q(state__in=["ended", "cancelled"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class AgendaItem(Governed):
    """One item: a motion, a motion on the consent agenda, or something without a motion.

    A consent item that was lifted out is voted on by itself; `note` is what came of an item.
    """

    class Kind(models.TextChoices):
        MOTION = "motion", "Motion"
        CONSENT = "consent", "Consent agenda"
        FREE = "free", "Without a motion"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items")
    position = models.IntegerField()
    kind = models.CharField(max_length=7, choices=Kind.choices)
    title = models.CharField(max_length=200)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="agenda_items")
    note = models.TextField(blank=True)
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "position"], name="agenda_position"),
            models.UniqueConstraint(
                fields=["meeting", "decision"],
                condition=Q(decision__isnull=False),
                name="agenda_motion_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="free", decision__isnull=True)
                | (~Q(kind="free") & Q(decision__isnull=False)),
                name="agenda_item_fits_its_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"


class Attendance(Recorded):
    """Who was there, as the secretary recorded it. Append-only: the newest row of a person counts.

    `function` is the seat's; a substitute's note says for whom.
    """

    class Standing(models.TextChoices):
        PRESENT = "present", "Present"
        SUBSTITUTE = "substitute", "Present as substitute"
        ABSENT = "absent", "Absent"
        RECUSED = "recused", "Recused"
        GUEST = "guest", "In attendance, without a vote"

    id = models.BigAutoField(primary_key=True)
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    standing = models.CharField(max_length=10, choices=Standing.choices)
    function = models.CharField(max_length=60, blank=True)
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.person_id} {self.standing}"


class MeetingDemand(Recorded):
    """A member demands a meeting in place of a written round. Append-only."""

    id = models.BigAutoField(primary_key=True)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="meeting_demands")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.person_id} demands a meeting"


class SigningList(Recorded):
    """What one person signed in one ceremony: the list as it was shown, and its hash. Append-only.

    Every signature on it is bound to its own record and to `sha256`, so each verifies singly.
    """

    class Kind(models.TextChoices):
        BALLOTS = "ballots", "Ballots"
        SMALL_CASES = "small_cases", "Small cases"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=11, choices=Kind.choices)
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    meeting = models.ForeignKey(Meeting, models.PROTECT, null=True, related_name="signing_lists")
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.kind} {self.sha256[:8]}"


class SignedItem(Recorded):
    """One record of a list with the signature on it. Append-only."""

    id = models.BigAutoField(primary_key=True)
    signing_list = models.ForeignKey(SigningList, models.PROTECT, related_name="items")
    position = models.IntegerField()
    record_sha256 = models.CharField(max_length=64)
    signature = models.OneToOneField(Signature, models.PROTECT, related_name="listed")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["signing_list", "position"], name="signed_item_place"),
        ]

    def __str__(self) -> str:
        return f"{self.signing_list_id} {self.position}"


class RecordedVote(Recorded):
    """A vote called in a meeting, as the secretary recorded it. Append-only; the newest counts.

    It is no ballot: uncounted until the member has countersigned it (KOM-23).
    """

    id = models.BigAutoField(primary_key=True)
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="recorded_votes")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="recorded_votes")
    seat_number = models.IntegerField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    vote = models.CharField(max_length=8, choices=Ballot.Vote.choices)
    reason = models.TextField(blank=True)
    motion_sha256 = models.CharField(max_length=64)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.person_id} {self.vote}, recorded"


class Countersignature(Recorded):
    """The ballot by which a member countersigned a recorded vote. Append-only."""

    id = models.BigAutoField(primary_key=True)
    recorded_vote = models.OneToOneField(
        RecordedVote, models.PROTECT, related_name="countersignature"
    )
    ballot = models.OneToOneField(Ballot, models.PROTECT, related_name="countersignature")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.recorded_vote_id} countersigned"


class RecordedDecision(Governed):
    """A decision taken outside, attached by its document's hash, certified by two persons (KOM-22).

    `record_sha256` is what both sign: motion, document, outcome and counts.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for a second person"
        CERTIFIED = "certified", "Certified by two persons"
        REFUSED = "refused", "Refused by the second person"

    class Outcome(models.TextChoices):
        ADOPTED = "adopted", "Adopted"
        REJECTED = "rejected", "Not carried"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="recorded_decisions")
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    words = models.TextField()
    decided_at = models.DateTimeField()
    eligible = models.IntegerField()
    votes_for = models.IntegerField()
    votes_against = models.IntegerField()
    abstentions = models.IntegerField()
    file_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    record_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    first_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    first_at = models.DateTimeField()
    first_signature = models.OneToOneField(Signature, models.PROTECT, related_name="+")
    second_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    second_at = models.DateTimeField(null=True)
    second_signature = models.OneToOneField(Signature, models.PROTECT, null=True, related_name="+")
    refusal = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["decision"],
                condition=Q(state__in=["waiting", "certified"]),
                name="one_recorded_decision",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True) | ~Q(second_by=F("first_by")),
                name="recorded_decision_by_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state="certified") | Q(second_signature__isnull=False),
                name="recorded_decision_signed_twice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.outcome}, taken outside"


class Minutes(Governed):
    """Minutes of a meeting, or of a round in writing, as generated from records and then frozen.

    `content` is canonical JSON that names persons by id; its hash is what the chair certifies and
    a second person countersigns. Another draft has the next number; approved ones never change.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SIGNED = "signed", "Signed by the chair, waits for a second person"
        APPROVED = "approved", "Approved"
        REPLACED = "replaced", "Replaced by another draft"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    meeting = models.ForeignKey(Meeting, models.PROTECT, null=True, related_name="minutes")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="minutes")
    number = models.IntegerField()
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    chair = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    chair_signature = models.OneToOneField(Signature, models.PROTECT, null=True, related_name="+")
    second = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    second_signature = models.OneToOneField(Signature, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(meeting__isnull=False, decision__isnull=True)
                | Q(meeting__isnull=True, decision__isnull=False),
                name="minutes_of_one_thing",
            ),
            models.UniqueConstraint(fields=["meeting", "number"], name="minutes_of_meeting"),
            models.UniqueConstraint(fields=["decision", "number"], name="minutes_of_round"),
            models.UniqueConstraint(
                fields=["meeting", "decision"],
                condition=Q(state__in=["draft", "signed", "approved"]),
                nulls_distinct=False,
                name="minutes_that_stand",
            ),
            models.CheckConstraint(
                condition=Q(second__isnull=True) | ~Q(second=F("chair")),
                name="minutes_by_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(chair_signature__isnull=False, second_signature__isnull=False),
                name="minutes_signed_twice",
            ),
        ]

    def __str__(self) -> str:
        return f"minutes {self.number}, {self.state}"


class MinutesAddendum(Recorded):
    """What is added to approved minutes, signed. Append-only."""

    id = models.BigAutoField(primary_key=True)
    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="addenda")
    number = models.IntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    signature = models.OneToOneField(Signature, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["minutes", "number"], name="addendum_number"),
        ]

    def __str__(self) -> str:
        return f"addendum {self.number}"


class MinutesNarrative(Recorded):
    """An edited document that came back: a draft narrative beside the record. Append-only."""

    id = models.BigAutoField(primary_key=True)
    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="narratives")
    file_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return self.file_name


class DissentStatement(Recorded):
    """Why somebody who voted against did so, signed, for the minutes. Append-only."""

    id = models.BigAutoField(primary_key=True)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="dissents")
    ballot = models.OneToOneField(Ballot, models.PROTECT, related_name="dissent")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = models.TextField()
    signature = models.OneToOneField(Signature, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"dissent of {self.person_id}"
