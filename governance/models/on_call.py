"""Who is on call for a unit, who was called for what, and how they answered."""

import uuid

from django.db import models

from incidents.models import Incident
from ledger.governed import Governed, Recorded, governed_history
from registry.models import Unit, User


class OnCallRota(Governed):
    """The rota of a unit and those below it: shifts by form, or read from an iCalendar address.

    The address may be a secret of its own (calendars are shared by such addresses), so it is kept
    encrypted; `host` is what people are shown of it. `zone` says in which zone times without one
    are meant.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    unit = models.OneToOneField(Unit, models.PROTECT, related_name="on_call_rota")
    zone = models.CharField(max_length=60)
    sealed_url = models.BinaryField(default=bytes)
    host = models.CharField(max_length=255, blank=True)
    version = models.IntegerField(default=1)
    kept_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    kept_at = models.DateTimeField()
    history = governed_history(excluded_fields=["sealed_url"])

    def __str__(self) -> str:
        return f"on call of {self.unit_id}"


class OnCallFetch(models.Model):
    """How the reading of a rota's calendar goes. Mutable, and no evidence: shifts are."""

    rota = models.OneToOneField(OnCallRota, models.PROTECT, primary_key=True, related_name="fetch")
    next_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    fault = models.TextField(blank=True)
    unknown = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.rota_id} {self.next_at}"


class OnCallShift(Governed):
    """One person is on call in [from_at, until_at). Taken back by `ended_at`, never deleted.

    `uid` is what the calendar calls the event; '' was entered by form.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    rota = models.ForeignKey(OnCallRota, models.PROTECT, related_name="shifts")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    uid = models.CharField(max_length=255, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=200, blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_at__gt=models.F("from_at")), name="shift_lasts"
            ),
        ]
        indexes = [models.Index(fields=["rota", "until_at"], name="shift_by_rota")]

    def __str__(self) -> str:
        return f"{self.person_id} until {self.until_at}"


class Call(Recorded):
    """A person was called on the paging channel. Append-only; `repeat` 0 is the first call.

    `rule` and `step` name the step of the ladder that called, '' and null where something else
    did. `id` stands in the address by which the call is answered.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="calls")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    why = models.CharField(max_length=120)
    key = models.CharField(max_length=120)
    rule = models.CharField(max_length=40, blank=True)
    step = models.IntegerField(null=True)
    repeat = models.IntegerField(default=0)
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "key", "person", "repeat"], name="called_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.why} {self.person_id}"


class CallAnswer(Recorded):
    """'I have it', said to a call: that person is not called again for it. Append-only."""

    id = models.BigAutoField(primary_key=True)
    call = models.ForeignKey(Call, models.PROTECT, related_name="answers")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.call_id} {self.at}"
