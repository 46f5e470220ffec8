"""What sealing makes of the entries: leaves, checkpoints, keys, outside witnesses of time."""

import uuid

from django.db import models

from ledger.models.entries import Entry


class Leaf(models.Model):
    """A sealed entry: its place in the tree and in its stream, and its hash. Append-only.

    `seq` counts from 0 without gaps. `stream` is the system's uuid or 'organisation'. `hash` is
    SHA-256(0x00 ‖ line) of RFC 6962 over the sealed line (ledger.rules.lines).
    """

    seq = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="leaf")
    stream = models.CharField(max_length=36)
    stream_seq = models.BigIntegerField()
    sealed_at = models.DateTimeField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "stream_seq"], name="leaf_of_stream"),
            models.CheckConstraint(condition=models.Q(seq__gte=0), name="leaf_seq_from_zero"),
        ]

    def __str__(self) -> str:
        return str(self.seq)


class Node(models.Model):
    """The hash of a complete subtree of 256^level leaves: what keeps proofs quick. Append-only."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="node_place")]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class SigningKey(models.Model):
    """The public half of a key that signs checkpoints, and from which size on. Append-only.

    A key ends where the next one of the log begins.
    """

    key_id = models.CharField(primary_key=True, max_length=8)
    origin = models.CharField(max_length=200)
    vkey = models.TextField()
    from_size = models.BigIntegerField()
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.vkey


class Checkpoint(models.Model):
    """A signed size and root of the tree (C2SP tlog-checkpoint). Append-only.

    `frontier` holds the roots of the complete subtrees from left to right, 32 bytes each.
    """

    origin = models.CharField(max_length=200)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    frontier = models.BinaryField()
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "size"], name="checkpoint_size"),
        ]
        indexes = [models.Index(fields=["sealed_at"], name="checkpoint_by_time")]

    def __str__(self) -> str:
        return f"{self.origin} {self.size}"


class Anchor(models.Model):
    """A time stamp of an outside authority over a checkpoint's note (RFC 3161). Append-only."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="anchors")
    authority = models.CharField(max_length=200)
    token = models.BinaryField()
    gen_time = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "authority"], name="anchor_once"),
        ]

    def __str__(self) -> str:
        return f"{self.authority} {self.gen_time}"


class AnchorState(models.Model):
    """How it stands with one authority: the last try, its error, when to try again. Mutable."""

    authority = models.CharField(primary_key=True, max_length=200)
    tried_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.authority


class Statement(models.Model):
    """A digest that somebody asks the sealer to sign beside a checkpoint, as a pack does.

    The sealer composes the text itself from these fields; `note` is empty until it is signed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=12)
    label = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    root = models.BinaryField()
    requested_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["requested_at"],
                name="statement_unsigned",
                condition=models.Q(signed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"
