"""The incident, its transitions, and who took part."""

import uuid

from django.db import models
from django_fsm import GET_STATE, ConcurrentTransitionMixin, FSMField, transition

from ledger.governed import Governed, Recorded, governed_history
from registry.models import System, SystemVersion, Unit, User

OPEN_STATES = (
    "OPEN",
    "INVESTIGATING",
    "VALIDATION",
    "DECISION",
    "EXECUTION",
    "VERIFICATION",
    "RISK_ACCEPTED",
)


def _where_the_parent_stands(incident: "Incident") -> str:
    return str(incident.parent.state) if incident.parent else str(incident.state)


class Incident(ConcurrentTransitionMixin, Governed):
    """One cause that somebody must answer for. State changes only through `execute`.

    `plan` is the FrozenPlan of this cycle as canonical JSON text and `plan_sha256` its hash:
    policy, calendar and segregation as they were. `severity` is the one in force; `proposed_*`
    what the matrix said; `severity_validated` whether compliance confirmed it. `aware_at` is the
    earliest awareness of a person, from which regulatory clocks count. `recovered_at` is since when
    the cause is over as far as readings tell. `parent` is the case that it was merged into: it
    goes from stage to stage with that one.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        INVESTIGATING = "INVESTIGATING", "Investigating"
        VALIDATION = "VALIDATION", "Validation"
        DECISION = "DECISION", "Decision"
        EXECUTION = "EXECUTION", "Action"
        VERIFICATION = "VERIFICATION", "Verification"
        RISK_ACCEPTED = "RISK_ACCEPTED", "Risk accepted"
        CLOSED = "CLOSED", "Closed"
        CANCELLED = "CANCELLED", "Withdrawn"

    class Severity(models.TextChoices):
        MINOR = "minor"
        MODERATE = "moderate"
        MAJOR = "major"
        SEVERE = "severe"

    class Kind(models.TextChoices):
        BREACH = "breach", "KPI breach"
        FAIRNESS = "fairness", "Fairness breach"
        BOUNDARY = "boundary", "Boundary violation"
        SILENCE = "silence", "No readings"
        REPORTED = "reported", "Reported by hand"
        INTEGRITY = "integrity", "Integrity of the record"
        CONCERN = "concern", "Concern that was raised"
        SUPPLIER = "supplier", "Supplier's notice"
        TREND = "trend", "Slow slide"
        PAIR = "pair", "Gain at the cost of its guardrail"
        BUDGET = "budget", "Error budget spent"
        VERSION = "version", "Answered by an unapproved version"
        DRIFT = "drift", "Drift"
        FAULT = "fault", "Data fault"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    dedup_key = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    summary = models.TextField()
    category = models.CharField(max_length=20)
    # Of these two, indexes below begin with each.
    system = models.ForeignKey(System, models.PROTECT, related_name="incidents", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    environment = models.CharField(max_length=30, default="production")
    live_version = models.ForeignKey(SystemVersion, models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(User, models.PROTECT, related_name="owned_incidents", db_index=False)
    deputy = models.ForeignKey(User, models.PROTECT, related_name="+")
    risk_tier = models.CharField(max_length=6)
    proposed_severity = models.CharField(max_length=8, choices=Severity.choices)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    severity_validated = models.BooleanField(default=False)
    state = FSMField(default=State.OPEN, choices=State.choices, protected=True, max_length=14)
    version = models.IntegerField(default=1)
    cycle = models.IntegerField(default=1)
    level = models.IntegerField(default=0)
    returns = models.IntegerField(default=0)
    contained = models.BooleanField(default=False)
    suppressed = models.BooleanField(default=False)
    drill = models.BooleanField(default=False)
    waiting_for = models.CharField(max_length=120, blank=True)
    waiting_since = models.DateTimeField(null=True)
    waiting_until = models.DateTimeField(null=True)
    aware_at = models.DateTimeField(null=True)
    aware_by = models.CharField(max_length=120, blank=True)
    occurred_at = models.DateTimeField(null=True)
    deployer_aware_at = models.DateTimeField(null=True)
    provider_aware_at = models.DateTimeField(null=True)
    causal_link_likely_at = models.DateTimeField(null=True)
    reportability_aware_at = models.DateTimeField(null=True)
    personal_data_aware_at = models.DateTimeField(null=True)
    recovered_at = models.DateTimeField(null=True)
    plan = models.TextField()
    plan_sha256 = models.CharField(max_length=64)
    onset_at = models.DateTimeField(null=True)
    onset_method = models.CharField(max_length=80, blank=True)
    detected_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    stage_entered_at = models.DateTimeField()
    stage_due_at = models.DateTimeField(null=True)
    first_assessment_due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    recurs_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="recurrences")
    duplicate_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="duplicates")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    resolution = models.CharField(max_length=40, blank=True)
    lessons = models.TextField(blank=True)
    detection_gap = models.TextField(blank=True)
    history = governed_history(excluded_fields=["plan"])

    file: object | None = None
    """What incidents.selectors.files read of this very object at once; no column, None unread."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="incident_not_its_own_parent"
            ),
            models.UniqueConstraint(
                fields=["dedup_key"],
                condition=~models.Q(state__in=["CLOSED", "CANCELLED"]),
                name="one_open_incident_per_cause",
            ),
        ]
        indexes = [
            models.Index(
                fields=["stage_due_at", "id"],
                name="incident_queue",
                condition=~models.Q(state__in=["CLOSED", "CANCELLED"]),
            ),
            models.Index(fields=["system", "opened_at"], name="incident_by_system"),
            # All that the figures read of a case, and by which they ask who may see it.
            models.Index(
                fields=["detected_at"],
                include=[
                    "id",
                    "system",
                    "unit",
                    "owner",
                    "deputy",
                    "severity",
                    "state",
                    "drill",
                    "onset_at",
                    "stage_due_at",
                    "stage_entered_at",
                ],
                name="incident_figures",
            ),
            models.Index(fields=["owner", "state"], name="incident_by_owner"),
            models.Index(fields=["state", "severity", "opened_at", "id"], name="incident_by_state"),
            models.Index(fields=["opened_at", "id"], name="incident_by_opening"),
            # Every filter of the queue has one: else a page reads all that is open, and sorts it.
            models.Index(fields=["severity", "opened_at", "id"], name="incident_by_severity"),
            # The newest that are open: what a case may share with others.
            models.Index(
                fields=["opened_at", "id"],
                name="incident_open_by_opening",
                condition=~models.Q(state__in=["CLOSED", "CANCELLED"]),
            ),
            models.Index(fields=["kind", "opened_at", "id"], name="incident_by_kind"),
            models.Index(
                fields=["severity", "opened_at", "id"],
                name="incident_open_by_severity",
                condition=~models.Q(state__in=["CLOSED", "CANCELLED"]),
            ),
            models.Index(fields=["state", "opened_at", "id"], name="incident_newest_by_state"),
            models.Index(
                fields=["severity", "stage_due_at", "id"],
                name="incident_due_by_severity",
                condition=~models.Q(state__in=["CLOSED", "CANCELLED"]),
            ),
            models.Index(
                fields=["system", "stage_due_at", "id"],
                name="incident_due_by_system",
                condition=~models.Q(state__in=["CLOSED", "CANCELLED"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @transition(state, source="OPEN", target="CLOSED")
    def answer_silenced(self) -> None:
        """T01c: it came and went within a silence, and the owner said what it was."""

    @transition(state, source="OPEN", target="INVESTIGATING")
    def acknowledge(self) -> None:
        """T02: the owner has it and answered the four questions."""

    @transition(state, source="INVESTIGATING", target="VALIDATION")
    def submit_findings(self) -> None:
        """T04: the findings are signed."""

    @transition(state, source="VALIDATION", target="INVESTIGATING")
    def return_to_owner(self) -> None:
        """T05: something is missing."""

    @transition(state, source="VALIDATION", target="DECISION")
    def validate(self) -> None:
        """T06: every review that the tier asks for is signed."""

    @transition(state, source="VALIDATION", target="CLOSED")
    def dismiss(self) -> None:
        """T07: the persons that the policy asks for agree that it needs no decision."""

    @transition(state, source="VALIDATION", target="CLOSED")
    def close_small(self) -> None:
        """T25: a minor case whose cause is over."""

    @transition(state, source="DECISION", target="EXECUTION")
    def adopt(self) -> None:
        """T09: a valid resolution orders actions."""

    @transition(state, source="DECISION", target="VERIFICATION")
    def keep_running(self) -> None:
        """T24: a valid resolution keeps it running; observation starts at once."""

    @transition(state, source="EXECUTION", target="VERIFICATION")
    def confirm_action(self) -> None:
        """T13: the last stopping action is seen to be carried out."""

    @transition(state, source="EXECUTION", target="VERIFICATION")
    def begin_verification(self) -> None:
        """T13: nothing that must be carried out first is ordered."""

    @transition(state, source="VERIFICATION", target="CLOSED")
    def close(self) -> None:
        """T16: every proof passed and a person signed."""

    @transition(state, source="VERIFICATION", target="DECISION")
    def verification_failed(self) -> None:
        """T17: a proof failed."""

    @transition(state, source="INVESTIGATING", target="OPEN")
    def ack_lapse(self) -> None:
        """T03: who acknowledged did nothing since."""

    @transition(
        state, source=["OPEN", "INVESTIGATING", "VALIDATION", "DECISION"], target="CANCELLED"
    )
    def withdraw(self) -> None:
        """T08: two persons say that it was none."""

    @transition(state, source="DECISION", target="RISK_ACCEPTED")
    def accept_risk(self) -> None:
        """T10: a valid resolution accepts the risk until a date."""

    @transition(state, source="DECISION", target="INVESTIGATING")
    def request_information(self) -> None:
        """T11: the committee asks before it decides."""

    @transition(state, source="EXECUTION", target="DECISION")
    def cannot_execute(self) -> None:
        """T15: what was decided cannot be carried out."""

    @transition(state, source="CLOSED", target="INVESTIGATING")
    def reopen(self) -> None:
        """T19: it came back, or somebody who may asked and another agreed."""

    @transition(
        state,
        source=[
            "OPEN",
            "INVESTIGATING",
            "VALIDATION",
            "DECISION",
            "EXECUTION",
            "VERIFICATION",
            "RISK_ACCEPTED",
        ],
        target="CANCELLED",
    )
    def end_rehearsal(self) -> None:
        """T08: it was a rehearsal, and the rehearsal is over."""

    @transition(state, source=["EXECUTION", "RISK_ACCEPTED"], target="DECISION")
    def split(self) -> None:
        """T26: it goes its own way, and needs a decision of its own."""

    @transition(
        state,
        source=list(OPEN_STATES),
        target=GET_STATE(_where_the_parent_stands, states=OPEN_STATES),
    )
    def follow_parent(self) -> None:
        """T26: the case that it was merged into went on, and it goes with it."""

    @transition(state, source="RISK_ACCEPTED", target="DECISION")
    def end_acceptance(self) -> None:
        """T20: the acceptance is over at its instant, or something voids it."""

    @transition(state, source="RISK_ACCEPTED", target="DECISION")
    def review_acceptance(self) -> None:
        """T20: a validator brings it back to the decision; the acceptance runs on."""

    @transition(state, source="RISK_ACCEPTED", target="VERIFICATION")
    def risk_removed(self) -> None:
        """T21: the risk is gone; readings have to show it."""


class Transition(Recorded):
    """One change of an incident: append-only; `version` is unique within the incident."""

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="transitions")
    version = models.IntegerField()
    cycle = models.IntegerField()
    code = models.CharField(max_length=5)
    command = models.CharField(max_length=40)
    from_state = models.CharField(max_length=14, blank=True)
    to_state = models.CharField(max_length=14)
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    person_name = models.CharField(max_length=120)
    role = models.CharField(max_length=120, blank=True)
    on_behalf_of = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    payload = models.JSONField(default=dict)
    idempotency_key = models.CharField(max_length=120, null=True)
    request_sha256 = models.CharField(max_length=64, blank=True)
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "version"], name="transition_version"),
            models.UniqueConstraint(
                fields=["incident", "idempotency_key"], name="transition_replay"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.command} {self.to_state}"


class Participation(Recorded):
    """Who did what in which cycle: what segregation reads. Append-only."""

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="participations")
    cycle = models.IntegerField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    act = models.CharField(max_length=24)
    as_delegate_of = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["incident", "person"], name="participation_person")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.act}"
