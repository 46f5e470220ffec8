"""What the ledger's endpoints give."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from governance.rules.ledger_filter import CHANNELS


def _filter(name: str, words: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, description=words)


PERIOD = [
    _filter("since", "From this instant on: ISO 8601, in UTC without an offset."),
    _filter("until", "Before this instant; a day counts whole."),
]
FILTERS = [
    _filter("person", "Who: a name or part of one, an address, an account's id, a machine."),
    _filter("verb", "What was done: 'incident.opened', or 'incident.*' for all of a kind."),
    _filter("type", "The object's type, such as incident or system."),
    _filter("about", "An object's number, name or id, or how its label begins."),
    *PERIOD,
    OpenApiParameter("channel", str, enum=list(CHANNELS), description="Through which door."),
    OpenApiParameter("refused", bool, description="Refused attempts only."),
    _filter("number", "One entry by its number."),
]
EXCEPTION_FILTERS = [
    *PERIOD,
    _filter("group", "One group of exceptions, by its name in `groups`."),
    _filter("system", "A system's short name."),
]
CURSOR = OpenApiParameter("before", int, description="The `next` of the page before.")


class ActorOut(serializers.Serializer[Any]):
    """Who acted, as it was then; an erased name reads 'erased (…)'."""

    kind = serializers.CharField()
    id = serializers.CharField()
    name = serializers.CharField()
    role = serializers.CharField()


class ThingOut(serializers.Serializer[Any]):
    """What an entry is about."""

    type = serializers.CharField()
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class LineOut(serializers.Serializer[Any]):
    """One entry; `seq`, `stream_seq` and `sealed_at` are null until it is sealed."""

    number = serializers.IntegerField()
    seq = serializers.IntegerField(allow_null=True)
    stream = serializers.CharField()
    stream_seq = serializers.IntegerField(allow_null=True)
    sealed_at = serializers.DateTimeField(allow_null=True)
    at = serializers.DateTimeField()
    verb = serializers.CharField()
    words = serializers.CharField()
    actor = ActorOut()
    object = ThingOut()
    incident = serializers.UUIDField(allow_null=True)
    system = serializers.UUIDField(allow_null=True)
    channel = serializers.CharField()
    reason = serializers.CharField()
    exception = serializers.CharField()
    before = serializers.DictField(allow_null=True)
    after = serializers.DictField(allow_null=True)
    details = serializers.DictField(allow_null=True)


class LinesOut(serializers.Serializer[Any]):
    """A page of entries, the newest first. `next` goes into `before`; null on the last page.

    `count` is exact up to 10,000; `more` says that there are more than that.
    """

    results = LineOut(many=True)
    next = serializers.IntegerField(allow_null=True)
    count = serializers.IntegerField()
    more = serializers.BooleanField()


class GroupOut(serializers.Serializer[Any]):
    """A group of exceptions with how many there are in the period, zero too."""

    group = serializers.CharField()
    words = serializers.CharField()
    count = serializers.IntegerField()


class ExceptionsOut(LinesOut):
    """A page of exceptions, with every group's count."""

    groups = GroupOut(many=True)


class CheckOut(serializers.Serializer[Any]):
    """One claim that was checked now."""

    result = serializers.ChoiceField(choices=["PASS", "FAIL", "SKIP"])
    words = serializers.CharField()


class StepOut(serializers.Serializer[Any]):
    """A step of an inclusion proof, hashes in hex."""

    side = serializers.ChoiceField(choices=["left", "right"])
    neighbour = serializers.CharField()
    both = serializers.CharField()


class ProofOut(serializers.Serializer[Any]):
    """The inclusion proof of an entry under the newest checkpoint; hashes in hex."""

    leaf = serializers.CharField()
    size = serializers.IntegerField(source="seal.size")
    root = serializers.CharField()  # type: ignore[assignment]
    signed_root = serializers.CharField()
    note = serializers.CharField(source="seal.note")
    vkey = serializers.CharField()
    steps = StepOut(many=True)
    checks = CheckOut(many=True)


class EntryOut(LineOut):
    """One entry in full: its canonical bytes, and once sealed its exact line and proof."""

    sha256 = serializers.CharField()
    body = serializers.CharField()
    line = serializers.CharField(allow_null=True)
    proof = ProofOut(allow_null=True)


class CheckpointOut(serializers.Serializer[Any]):
    """A signed checkpoint of the log (C2SP tlog-checkpoint), its root in hex."""

    origin = serializers.CharField()
    size = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]
    sealed_at = serializers.DateTimeField()
    note = serializers.CharField()


class CheckpointsOut(serializers.Serializer[Any]):
    """A page of checkpoints, the newest first; `next` goes into `before`."""

    results = CheckpointOut(many=True)
    next = serializers.DateTimeField(allow_null=True)


class StampOut(serializers.Serializer[Any]):
    """A time stamp of an outside authority; `token` is its answer (RFC 3161, DER) in base64."""

    authority = serializers.CharField()
    gen_time = serializers.DateTimeField()
    token = serializers.CharField()


class CheckpointFullOut(CheckpointOut):
    """A checkpoint with what was checked of it now, and its time stamps."""

    checks = CheckOut(many=True)
    stamps = StampOut(many=True)


class KeyOut(serializers.Serializer[Any]):
    """A key of the log; `to_size` is null for the one in force."""

    vkey = serializers.CharField()
    from_size = serializers.IntegerField()
    to_size = serializers.IntegerField(allow_null=True)


class ClaimOut(serializers.Serializer[Any]):
    """One claim of a verification; `entry` is the first that is wrong."""

    name = serializers.CharField()
    result = serializers.ChoiceField(choices=["PASS", "FAIL", "SKIP"])
    words = serializers.CharField()
    entry = serializers.IntegerField(allow_null=True)


class VerificationOut(serializers.Serializer[Any]):
    """A verification of the whole ledger."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["queued", "running", "passed", "failed", "stopped"])
    requested_at = serializers.DateTimeField()
    requested_by = serializers.CharField()
    size = serializers.IntegerField()
    checked = serializers.IntegerField()
    claims = ClaimOut(many=True)
    failure = serializers.CharField()
    first_bad = serializers.IntegerField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
