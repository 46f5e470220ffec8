"""Regulatory clocks: duties to report, the facts that arm them, reports drafted and sent."""

import uuid

from django.db import models
from django.db.models import Q

from incidents.models.incident import Incident
from ledger.governed import Recorded, governed_history
from registry.models import ClockRule, User


class ReportDraft(Recorded):
    """A report to an authority as it was drafted. Every saving is a further version; append-only.

    `values` holds the text of each field of the template, {field: text}.
    """

    class Kind(models.TextChoices):
        INITIAL = "initial", "Initial"
        FOLLOW_UP = "follow_up", "Follow-up"
        COMBINED = "combined_initial_final", "Initial and final in one"
        FINAL = "final_reportable", "Final, reportable"
        NOT_REPORTABLE = "final_non_reportable", "Final, not reportable"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="report_drafts")
    regime = models.CharField(max_length=40)
    template = models.CharField(max_length=40)
    kind = models.CharField(max_length=24, choices=Kind.choices)
    version = models.IntegerField()
    values = models.JSONField()
    record_sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "regime", "version"], name="draft_version"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.regime} {self.version}"


class Submission(Recorded):
    """A report that was sent: to whom, when, under which number, by whom, its receipt. Append-only.

    One submission may meet several clocks; each of them names it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="submissions")
    report = models.ForeignKey(ReportDraft, models.PROTECT, null=True, related_name="submissions")
    kind = models.CharField(max_length=24, choices=ReportDraft.Kind.choices)
    authority = models.CharField(max_length=160)
    submitted_at = models.DateTimeField()
    reference = models.CharField(max_length=120, blank=True)
    receipt = models.TextField(blank=True)
    receipt_sha256 = models.CharField(max_length=64, blank=True)
    late_reason = models.TextField(blank=True)
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["incident", "-submitted_at", "-id"], name="submission_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.authority}"


class RegulatoryClock(Recorded):
    """A duty to report within a time, provisional until a validation confirms or ends it.

    `counted_as` is whose awareness, or what else, it counts from: the organisation's earliest by
    default; the deployer's or the provider's where the two differ (CLK-07); later facts after a
    clock was ended (CLK-18); the report that it follows; a fact such as a classification. `beside`
    is the clock that such a one stands beside. `binding` is statutory or advisory as it was when
    the clock was armed, and changes by a recorded act alone (CLK-20). `moved_from_at` is the
    awareness that counted before an earlier one was learned.
    """

    class State(models.TextChoices):
        PROVISIONAL = "provisional"
        CONFIRMED = "confirmed"
        ENDED = "ended"

    class CountedAs(models.TextChoices):
        ORGANISATION = "organisation", "the earliest awareness"
        DEPLOYER = "deployer", "the deployer's awareness"
        PROVIDER = "provider", "the provider's awareness"
        REPORTABILITY = "reportability", "facts that came later"
        REOPENED = "reopened", "a clock that was taken up again"
        FACT = "fact", "the fact"
        REPORT = "report", "the report before"

    class Binding(models.TextChoices):
        STATUTORY = "statutory", "statutory"
        ADVISORY = "advisory", "advisory clock (not binding yet)"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="clocks")
    rule = models.ForeignKey(ClockRule, models.PROTECT, related_name="+")
    counted_as = models.CharField(
        max_length=14, choices=CountedAs.choices, default=CountedAs.ORGANISATION
    )
    beside = models.ForeignKey("self", models.PROTECT, null=True, related_name="siblings")
    aware_at = models.DateTimeField()
    aware_person = models.CharField(max_length=120)
    moved_from_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    armed_by = models.CharField(max_length=160)
    binding = models.CharField(max_length=10, choices=Binding.choices, blank=True, default="")
    binding_why = models.TextField(blank=True, default="")
    state = models.CharField(max_length=12, choices=State.choices, default=State.PROVISIONAL)
    ended_reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    decide_by = models.DateTimeField(null=True)
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, related_name="clocks")
    entry_number = models.BigIntegerField()
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "rule", "counted_as"],
                condition=~Q(state="ended"),
                name="one_running_clock_per_rule",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="clock_still_runs",
                condition=~Q(state="ended") & Q(submission__isnull=True),
            ),
            models.Index(
                fields=["rule", "incident", "id"],
                name="clock_still_runs_by_rule",
                condition=~Q(state="ended") & Q(submission__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} due {self.due_at}"

    @property
    def runs(self) -> bool:
        """Whether a report is still owed: not ended, and none was sent."""
        return self.state != self.State.ENDED and self.submission_id is None


class ClockFact(Recorded):
    """A fact that may arm clocks: a death, an outage that cannot be undone, a classification.

    The newest statement of a fact counts; `known_at` is since when it is known. Append-only.
    """

    ANSWERS = (("yes", "Yes"), ("no", "No"), ("unknown", "Not known yet"))

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="clock_facts")
    cycle = models.IntegerField()
    fact = models.CharField(max_length=40)
    answer = models.CharField(max_length=8, choices=ANSWERS)
    known_at = models.DateTimeField()
    source = models.TextField()
    stated_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["incident", "fact"], name="clock_fact_of_incident")]

    def __str__(self) -> str:
        return f"{self.fact} {self.answer}"


class CounselDate(Recorded):
    """Since when a duty binds, as counsel reads it; stands above the date of the law data.

    Append-only; the newest for a rule counts for clocks that are armed from then on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    rule = models.ForeignKey(ClockRule, models.PROTECT, related_name="counsel_dates")
    statutory_from = models.DateField()
    source = models.TextField()
    stated_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.rule_id} from {self.statutory_from}"
