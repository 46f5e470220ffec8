"""Committees, their seats, and the rounds in which they decide."""

import uuid

from django.db import models

from incidents.models import Action, Incident
from ledger.governed import Governed, Recorded, governed_history
from registry.models import Signature, SystemVersion, Unit, User


class Committee(Governed):
    """A body that decides, with its charter: quorum, majority, casting vote, times."""

    class Level(models.TextChoices):
        DELEGATE = "delegate", "Delegate of the committee"
        COMMITTEE = "committee", "AI governance committee"
        EXECUTIVE = "executive", "Executive"
        BOARD = "board", "Board"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="committees")
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=10, choices=Level.choices, default=Level.COMMITTEE)
    charter = models.JSONField()
    active = models.BooleanField(default=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "name"], name="committee_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Seat(Governed):
    """A seat: whose it is, who sits for them, which function it brings."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    committee = models.ForeignKey(Committee, models.PROTECT, related_name="seats")
    number = models.IntegerField()
    function = models.CharField(max_length=60)
    person = models.ForeignKey(User, models.PROTECT, related_name="seats")
    substitute = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    required = models.BooleanField(default=False)
    chair = models.BooleanField(default=False)
    vice_chair = models.BooleanField(default=False)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["committee", "number"],
                condition=models.Q(until_at__isnull=True),
                name="seat_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.function}: {self.person_id}"


class Decision(Governed):
    """One round on one motion. Mutable under `version`; the electorate is frozen at convening.

    `charter` and `motion` are copies as they were (canonical JSON text); `motion_sha256` is what
    every ballot signs. `matter` says what it is about: the case itself, the ratification of an
    emergency measure (`about` is its id), or the replacement of a decision (`supersedes`). Several
    matters of one incident may be under way at once, each once.
    """

    class Matter(models.TextChoices):
        CASE = "case", "The case"
        RATIFICATION = "ratification", "Ratification"
        SUPERSESSION = "supersession", "In place of a decision"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        OPEN = "open", "Open for votes"
        ADOPTED = "adopted", "Adopted"
        REJECTED = "rejected", "Not carried"
        LAPSED = "lapsed", "Lapsed"
        VOID = "void", "Void"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="decisions")
    cycle = models.IntegerField()
    round = models.IntegerField(default=1)
    committee = models.ForeignKey(Committee, models.PROTECT, related_name="decisions")
    matter = models.CharField(max_length=12, choices=Matter.choices, default=Matter.CASE)
    about = models.CharField(max_length=64, blank=True)
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="superseded_by_rounds"
    )
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaced_by")
    edits = models.IntegerField(default=0)
    level_words = models.TextField(blank=True)
    least_majority = models.CharField(max_length=10, blank=True)
    risk_tier = models.CharField(max_length=6, blank=True)
    title = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    conditions = models.JSONField(default=list)
    procedure = models.CharField(max_length=10, default="written")
    urgent = models.BooleanField(default=False)
    charter = models.TextField(blank=True)
    motion = models.TextField(blank=True)
    motion_sha256 = models.CharField(max_length=64, blank=True)
    findings_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    feasible = models.BooleanField(null=True)
    feasibility = models.TextField(blank=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    convened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    convened_at = models.DateTimeField(null=True)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "matter", "about"],
                condition=models.Q(state__in=["draft", "open"]),
                name="one_round_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["closes_at", "created_at"],
                name="decision_under_way",
                condition=models.Q(state__in=["draft", "open"]),
            ),
            models.Index(
                fields=["-closed_at"],
                name="decision_over",
                condition=~models.Q(state__in=["draft", "open"]),
            ),
            # What a meeting of a body may take, the longest waiting first.
            models.Index(
                fields=["committee", "created_at", "number"],
                name="decision_waiting",
                condition=models.Q(state__in=["draft", "open"]),
            ),
            # What a body has closed in a month, the newest first.
            models.Index(
                fields=["committee", "-closed_at", "-id"],
                name="decision_closed_by_body",
                condition=models.Q(closed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class MotionAction(Recorded):
    """One action that the motion orders."""

    class Kind(models.TextChoices):
        RETRAIN = "retrain", "Retrain"
        ROLLBACK = "rollback", "Roll back"
        PIN = "pin", "Pin or switch the version"
        ADJUST = "adjust", "Adjust rules or thresholds of the system"
        SUSPEND = "suspend", "Suspend"
        RESTRICT = "restrict", "Restrict use"
        RETIRE = "retire", "Retire"
        COMPENSATE = "compensate", "Compensate"
        INFORM = "inform", "Inform those affected"
        SUPPLIER_FIX = "supplier_fix", "Require the supplier's fix"
        CONTINUE = "continue", "Continue with conditions"
        NO_ACTION = "no_action", "No action"
        EXCEPTION = "exception", "Policy exception"
        ACCEPT_RISK = "accept_risk", "Accept the risk until a date"
        REQUEST_INFORMATION = "request_information", "Request information"
        RATIFY = "ratify", "Ratify an emergency measure"
        LIFT = "lift", "Lift an emergency measure"
        RESUME = "resume", "Resume"
        REVOKE = "revoke", "Revoke the decision"

    id = models.BigAutoField(primary_key=True)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="motion_actions")
    position = models.IntegerField()
    type = models.CharField(max_length=20, choices=Kind.choices)
    words = models.TextField()
    target_version = models.ForeignKey(SystemVersion, models.PROTECT, null=True, related_name="+")
    executor = models.ForeignKey(User, models.PROTECT, related_name="+")
    due = models.CharField(max_length=12)
    proof = models.CharField(max_length=16, choices=Action.Proof.choices)
    parameters = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "position"], name="motion_position"),
        ]

    def __str__(self) -> str:
        return self.words


class ElectorSeat(Recorded):
    """A seat as frozen at convening, and who sits in it in this round. Mutable until closing."""

    class State(models.TextChoices):
        SEATED = "seated"
        SUBSTITUTED = "substituted"
        EMPTY = "empty"

    id = models.BigAutoField(primary_key=True)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="electors")
    number = models.IntegerField()
    function = models.CharField(max_length=60)
    required = models.BooleanField()
    chair = models.BooleanField()
    vice_chair = models.BooleanField()
    holder = models.ForeignKey(User, models.PROTECT, related_name="+")
    substitute = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    seated = models.ForeignKey(User, models.PROTECT, null=True, related_name="electorates")
    state = models.CharField(max_length=12, choices=State.choices, default=State.SEATED)
    note = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "number"], name="elector_seat"),
            models.UniqueConstraint(
                fields=["decision", "seated"],
                condition=models.Q(seated__isnull=False),
                name="one_person_one_seat",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} seat {self.number}"


class Recusal(Recorded):
    """A person who may not or will not vote, by rule or by declaration. Append-only."""

    id = models.BigAutoField(primary_key=True)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="recusals")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_rule = models.BooleanField()
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "person"], name="recused_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} recused"


class Ballot(Recorded):
    """A named vote, signed. Append-only: the last one before closing counts.

    `casting` marks the separate ballot of the chair that breaks a tie (KOM-13).
    """

    class Vote(models.TextChoices):
        FOR = "for", "For"
        AGAINST = "against", "Against"
        ABSTAIN = "abstain", "Abstain"

    id = models.BigAutoField(primary_key=True)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="ballots")
    seat_number = models.IntegerField()
    person = models.ForeignKey(User, models.PROTECT, related_name="ballots")
    vote = models.CharField(max_length=8, choices=Vote.choices)
    reason = models.TextField(blank=True)
    motion_sha256 = models.CharField(max_length=64)
    final = models.BooleanField(default=False)
    casting = models.BooleanField(default=False)
    signature = models.OneToOneField(Signature, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    idempotency_key = models.CharField(max_length=120, null=True)
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "seat_number"],
                condition=models.Q(final=True),
                name="one_final_ballot_per_seat",
            ),
            models.UniqueConstraint(
                fields=["decision"], condition=models.Q(casting=True), name="one_casting_ballot"
            ),
            models.UniqueConstraint(fields=["decision", "idempotency_key"], name="ballot_replay"),
        ]
        indexes = [models.Index(fields=["decision", "seat_number", "id"], name="ballot_newest")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.vote}"


class Resolution(Recorded):
    """How a round ended: the counts and the outcome, once. Append-only."""

    decision = models.OneToOneField(
        Decision, models.PROTECT, primary_key=True, related_name="resolution"
    )
    outcome = models.CharField(max_length=14)
    eligible = models.IntegerField()
    present = models.IntegerField()
    votes_for = models.IntegerField()
    votes_against = models.IntegerField()
    abstentions = models.IntegerField()
    early = models.BooleanField(default=False)
    words = models.TextField()
    certified_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    signature = models.OneToOneField(Signature, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.decision_id} {self.outcome}"
