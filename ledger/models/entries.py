"""What is written with each change: the entry, its place in the queue, what opens it."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models.functions import Collate, Left, Lower, Now

from ledger.fields import CurrentTransaction, Xid8Field

# Where the body says through which door an act came; within its text quotes are escaped.
CHANNEL = r'"from":\{[^}]*"channel":"([^"]+)"'


class Entry(models.Model):
    """One fact: who did what to which object, when, why. Append-only by trigger.

    `body` holds the canonical bytes that are sealed; the columns repeat what is searched.
    A person's name is in neither: both hold its commitment, which a `Disclosure` opens.
    `txid` and `touched` ('table:pk') tie it to row changes and stand outside the signed bytes.
    """

    body = models.BinaryField()
    verb = models.CharField(max_length=80)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=80)
    object_label = models.TextField(blank=True)
    incident_id = models.UUIDField(null=True)
    system_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.CharField(max_length=80)
    actor_name = models.TextField()
    at = models.DateTimeField()
    txid = Xid8Field(db_default=CurrentTransaction())
    touched = ArrayField(models.TextField(), default=list)
    channel = models.GeneratedField(
        expression=models.Func(
            models.Func(models.F("body"), models.Value("escape"), function="encode"),
            models.Value(CHANNEL),
            function="substring",
        ),
        output_field=models.CharField(max_length=16),
        db_persist=True,
    )

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "id"], name="entry_by_object"),
            models.Index(
                fields=["incident_id", "id"],
                name="entry_by_incident",
                condition=models.Q(incident_id__isnull=False),
            ),
            models.Index(
                fields=["system_id", "id"],
                name="entry_by_system",
                condition=models.Q(system_id__isnull=False),
            ),
            models.Index(fields=["actor_id", "id"], name="entry_by_actor"),
            models.Index(fields=["verb", "id"], name="entry_by_verb"),
            # What is counted of a verb in a time, and who may read it: no entry is looked at.
            models.Index(
                fields=["verb", "at"],
                include=["actor_id", "incident_id", "system_id"],
                name="entry_by_verb_in_time",
            ),
            # What names no system, newest first: what else is within reach has an index by system.
            models.Index(
                fields=["id"],
                name="entry_of_case_alone",
                condition=models.Q(system_id__isnull=True, incident_id__isnull=False),
            ),
            models.Index(
                fields=["id"],
                name="entry_of_organisation",
                condition=models.Q(system_id__isnull=True, incident_id__isnull=True),
            ),
            models.Index(fields=["txid"], name="entry_by_transaction"),
            models.Index(fields=["at", "id"], name="entry_by_time"),
            models.Index(fields=["channel", "id"], name="entry_by_channel"),
            models.Index(Collate(Lower(Left("object_label", 80)), "C"), name="entry_by_label"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.verb} {self.object_label}"


class Queue(models.Model):
    """An entry that is not sealed yet: the only rows of the ledger that go."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="+")

    class Meta:
        db_table = "ledger_queue"

    def __str__(self) -> str:
        return str(self.pk)


class Disclosure(models.Model):
    """The salt and value that open a commitment: the only rows of the evidence that can be erased.

    `subject` is the uuid of the person whom the value is about (empty for a salted secret such
    as a ballot's hash before the close); `private` keeps a value out of every pack and export.
    `at` is the instant of the entry that needed it first: what has a time limit ends by it.
    """

    commitment = models.CharField(primary_key=True, max_length=64)
    subject = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=20)
    salt = models.BinaryField()
    value = models.TextField()
    private = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["subject", "kind"], name="disclosure_by_subject"),
            models.Index(fields=["kind", "at"], name="disclosure_by_age"),
            HashIndex(fields=["value"], name="disclosure_by_value"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.commitment[:8]}"


class Erasure(models.Model):
    """A person whose values were erased; no disclosure about them is taken in again."""

    subject = models.CharField(primary_key=True, max_length=80)
    at = models.DateTimeField()
    entry_id = models.BigIntegerField()

    def __str__(self) -> str:
        return self.subject
