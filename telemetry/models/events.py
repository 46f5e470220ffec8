"""What systems did: decision events and what is said of them later; signs of life of gateways."""

from django.db import models

from registry.models import System


class DecisionEvent(models.Model):
    """One decision, answer or action of a system. Insert-only; the key is system, at, event_id.

    What a sender did not say is null. `question`, `answer` and `sources` may hold personal data:
    they are shown masked and leave with their month. `outside` is what we found ourselves: which
    boundaries of the declared scope its tool calls violate, in words.
    """

    pk = models.CompositePrimaryKey("system_id", "at", "event_id")
    system = models.ForeignKey(
        System, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    at = models.DateTimeField()
    event_id = models.CharField(max_length=80)
    environment = models.CharField(max_length=30)
    version_label = models.CharField(max_length=60)
    segment = models.JSONField(default=dict)
    answer = models.TextField(null=True)
    truth = models.TextField(null=True)
    confidence = models.FloatField(null=True)
    overridden = models.BooleanField(null=True)
    latency_ms = models.FloatField(null=True)
    cost = models.FloatField(null=True)
    topic = models.TextField(blank=True)
    outcome = models.CharField(max_length=10, blank=True)
    tool_calls = models.JSONField(default=list)
    blocked = models.BooleanField(default=False)
    boundary_violation = models.BooleanField(default=False)
    spend = models.FloatField(null=True)
    feedback = models.CharField(max_length=12, blank=True)
    escalated = models.BooleanField(default=False)
    grounded = models.BooleanField(null=True)
    simulated = models.BooleanField(default=False)
    question = models.TextField(null=True)
    input_sha256 = models.CharField(max_length=64, null=True)
    sources = models.JSONField(null=True)
    model = models.CharField(max_length=120, null=True)
    fingerprint = models.CharField(max_length=120, null=True)
    prompt_sha256 = models.CharField(max_length=64, null=True)
    tools_sha256 = models.CharField(max_length=64, null=True)
    guardrails_sha256 = models.CharField(max_length=64, null=True)
    index_sha256 = models.CharField(max_length=64, null=True)
    digest = models.CharField(max_length=80, null=True)
    policy_version = models.CharField(max_length=60, null=True)
    score = models.FloatField(null=True)
    scores = models.JSONField(null=True)
    predicted = models.FloatField(null=True)
    predicted_low = models.FloatField(null=True)
    predicted_high = models.FloatField(null=True)
    actual = models.FloatField(null=True)
    ranking = models.JSONField(null=True)
    relevant = models.JSONField(null=True)
    corrected_seconds = models.FloatField(null=True)
    approve_seconds = models.FloatField(null=True)
    complete_seconds = models.FloatField(null=True)
    skipped = models.BooleanField(null=True)
    approvals = models.JSONField(null=True)
    near_miss = models.BooleanField(null=True)
    tokens_in = models.IntegerField(null=True)
    tokens_out = models.IntegerField(null=True)
    conversation = models.CharField(max_length=120, null=True)
    canary = models.CharField(max_length=80, null=True)
    hallucinated = models.BooleanField(null=True)
    toxic = models.BooleanField(null=True)
    refused = models.BooleanField(null=True)
    format_ok = models.BooleanField(null=True)
    received_at = models.DateTimeField()
    batch_id = models.UUIDField()
    outside = models.JSONField(null=True)

    class Meta:
        db_table = "telemetry_decision_event"

    def __str__(self) -> str:
        return f"{self.system_id} {self.event_id}"


class EventLabel(models.Model):
    """What was found out about an event later: its truth, its quality, what became of it.

    Insert-only and by month of the event, with which it leaves. A later finding does not replace an
    earlier one: of each kind the newest `labelled_at` counts, the reviewer's code settles a tie.
    `reviewer` is a code, never a name.
    """

    pk = models.CompositePrimaryKey(
        "system_id", "at", "event_id", "kind", "reviewer", "labelled_at"
    )
    system = models.ForeignKey(
        System, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    at = models.DateTimeField()
    event_id = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    reviewer = models.CharField(max_length=60, blank=True)
    labelled_at = models.DateTimeField()
    value = models.JSONField()
    received_at = models.DateTimeField()
    batch_id = models.UUIDField()

    class Meta:
        db_table = "telemetry_event_label"

    def __str__(self) -> str:
        return f"{self.kind} of {self.event_id}"


class Heartbeat(models.Model):
    """A sign of life of a gateway: where it is alive, silence of a stopped system is evidence."""

    id = models.BigAutoField(primary_key=True)
    system = models.ForeignKey(System, models.PROTECT, related_name="heartbeats")
    environment = models.CharField(max_length=30, default="production")
    at = models.DateTimeField()
    refused_calls = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["system", "at"], name="heartbeat_by_system")]

    def __str__(self) -> str:
        return f"{self.system_id} {self.at}"
