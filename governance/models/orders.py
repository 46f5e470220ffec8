"""Standing orders: a stop that a committee decided in advance (INC-12)."""

import uuid

from django.db import models

from governance.models.committee import Committee
from incidents.models import Incident
from ledger.governed import Governed, Recorded, governed_history
from ledger.rules.worded import joined, term
from registry.models import Signature, System, User
from telemetry.models import Kpi


class StandingOrder(Governed):
    """When a rule holds for a system, contain it at once: decided by the committee beforehand.

    `rule` 'instant': a reading beyond the instant limit of `kpi` (of any KPI where it is empty);
    'limit': a reading of `kpi` that reaches `limit_value`, as a share or in its unit; 'boundary':
    an agent did what lies outside its scope; 'silence': no readings come (of `kpi`); 'case': a case
    of `case_kinds` stands open with `least_severity` or more, however it came in. `electorate` are
    the seats as they were when it was put, [{number, function, person, substitute}]; `text` is what
    every vote signs.
    """

    class Rule(models.TextChoices):
        INSTANT = "instant", "A reading beyond its instant limit"
        LIMIT = "limit", "A reading that reaches a limit of this order"
        BOUNDARY = "boundary", "An action outside its declared scope"
        SILENCE = "silence", "Readings that do not come"
        CASE = "case", "A case that is opened"

    class Action(models.TextChoices):
        STOP = "stop", "Stop"
        RESTRICT = "restrict", "Restrict use"
        ROUTE = "route_to_human", "Route to a person"

    class State(models.TextChoices):
        PUT = "put", "Put to the vote"
        ADOPTED = "adopted", "Adopted"
        REJECTED = "rejected", "Not carried"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    system = models.ForeignKey(System, models.PROTECT, related_name="standing_orders")
    committee = models.ForeignKey(Committee, models.PROTECT, related_name="standing_orders")
    environment = models.CharField(max_length=30, default="production")
    rule = models.CharField(max_length=10, choices=Rule.choices)
    kpi = models.ForeignKey(Kpi, models.PROTECT, null=True, related_name="+")
    limit_value = models.FloatField(null=True)
    case_kinds = models.JSONField(default=list)
    least_severity = models.CharField(max_length=10, blank=True)
    action = models.CharField(max_length=14, choices=Action.choices)
    scope = models.CharField(max_length=300)
    reason = models.TextField()
    electorate = models.JSONField(default=list)
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    put_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    put_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    drilled_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PUT)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("valid_from")), name="order_ends"
            ),
            models.CheckConstraint(
                condition=~models.Q(rule="limit")
                | models.Q(kpi__isnull=False, limit_value__isnull=False),
                name="order_limit_is_named",
            ),
        ]
        indexes = [
            models.Index(
                fields=["system"], name="order_in_force", condition=models.Q(state="adopted")
            ),
        ]

    def __str__(self) -> str:
        return f"standing order {self.number}"

    @property
    def case_words(self) -> str:
        """The kinds of cases that it waits for, in words."""
        kinds = [term(Incident.Kind(kind).label, lowered=True) for kind in self.case_kinds]
        return joined(", ", kinds)


class OrderVote(Recorded):
    """One signed vote on a standing order; a seat votes once. Append-only."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(StandingOrder, models.PROTECT, related_name="votes")
    seat_number = models.IntegerField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    in_favour = models.BooleanField()
    reason = models.TextField(blank=True)
    signature = models.OneToOneField(Signature, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "seat_number"], name="one_vote_a_seat"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} seat {self.seat_number}"


class OrderDrill(Recorded):
    """A trial of a standing order without harm: whether it stood, in how many seconds."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(StandingOrder, models.PROTECT, related_name="drills")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    passed = models.BooleanField()
    seconds = models.IntegerField()
    found = models.TextField(blank=True)
    evidence = models.TextField()
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["order", "-at"], name="drill_newest")]

    def __str__(self) -> str:
        return f"{self.order_id} drilled {self.at:%Y-%m-%d}"
