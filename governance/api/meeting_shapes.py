"""What the API of meetings, minutes and lists takes and gives."""

from typing import Any

from rest_framework import serializers

from governance.api.motion_shapes import ProofIn
from governance.models import (
    AgendaItem,
    Attendance,
    Ballot,
    DissentStatement,
    Meeting,
    Minutes,
    MinutesAddendum,
    MinutesNarrative,
    RecordedDecision,
    RecordedVote,
    SigningList,
)
from governance.rules.meetings import MOST_ITEMS, MOST_SIGNED
from registry.api.shapes import PersonOut

HASH = r"^[0-9a-f]{64}$"


class AgendaItemIn(serializers.Serializer[Any]):
    """An item: a motion by its number, or a title."""

    kind = serializers.ChoiceField(choices=AgendaItem.Kind.choices)
    motion = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    title = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class MeetingIn(serializers.Serializer[Any]):
    """A meeting to convene."""

    committee = serializers.UUIDField()
    title = serializers.CharField(max_length=200)
    starts_at = serializers.DateTimeField()
    place = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    link = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    urgent = serializers.BooleanField(required=False, default=False)
    urgent_reason = serializers.CharField(
        max_length=4000, required=False, default="", allow_blank=True
    )
    items = serializers.ListField(child=AgendaItemIn(), min_length=1, max_length=MOST_ITEMS)


class AgendaItemOut(serializers.ModelSerializer[AgendaItem]):
    """An item as it stands; a motion that the reader may not see has a place alone."""

    motion = serializers.SerializerMethodField()
    motion_sha256 = serializers.SerializerMethodField()
    title = serializers.SerializerMethodField()
    note = serializers.SerializerMethodField()
    lifted_reason = serializers.SerializerMethodField()

    class Meta:
        model = AgendaItem
        fields = ("id", "position", "kind", "title", "motion", "motion_sha256", "note",
                  "lifted_at", "lifted_reason")  # fmt: skip

    def get_motion(self, row: AgendaItem) -> str | None:
        """The motion's number."""
        return row.decision.number if row.decision is not None and self._seen(row) else None

    def get_motion_sha256(self, row: AgendaItem) -> str | None:
        """The hash that a ballot on it is bound to."""
        return row.decision.motion_sha256 if row.decision is not None and self._seen(row) else None

    def get_title(self, row: AgendaItem) -> str:
        """The title."""
        return row.title if self._seen(row) else ""

    def get_note(self, row: AgendaItem) -> str:
        """What came of it."""
        return row.note if self._seen(row) else ""

    def get_lifted_reason(self, row: AgendaItem) -> str:
        """Why it was lifted out."""
        return row.lifted_reason if self._seen(row) else ""

    def _seen(self, row: AgendaItem) -> bool:
        seen = self.context.get("seen", frozenset())
        return row.decision is None or row.decision.incident_id in seen


class AttendanceOut(serializers.ModelSerializer[Attendance]):
    """Somebody who was there, or was not."""

    person = PersonOut()

    class Meta:
        model = Attendance
        fields = ("person", "standing", "function", "note", "at", "entry_number")


class MeetingLineOut(serializers.ModelSerializer[Meeting]):
    """A meeting in a list."""

    committee = serializers.CharField(source="committee.name")

    class Meta:
        model = Meeting
        fields = ("number", "committee", "title", "starts_at", "place", "link", "urgent", "state",
                  "version")  # fmt: skip


class MeetingOut(MeetingLineOut):
    """A meeting with its agenda and who was there."""

    agenda = serializers.SerializerMethodField()
    attendance = serializers.SerializerMethodField()

    class Meta(MeetingLineOut.Meta):
        fields = (*MeetingLineOut.Meta.fields, "urgent_reason", "notice_sent_at", "opened_at",
                  "ended_at", "agenda", "attendance")  # type: ignore[assignment]  # fmt: skip

    def get_agenda(self, row: Meeting) -> list[dict[str, Any]]:
        """The items in order."""
        return list(AgendaItemOut(self.context["agenda"], many=True, context=self.context).data)

    def get_attendance(self, row: Meeting) -> list[dict[str, Any]]:
        """The newest record of each person."""
        return list(AttendanceOut(self.context["attendance"], many=True).data)


class AttendanceIn(serializers.Serializer[Any]):
    """Who was there, and how."""

    person_id = serializers.UUIDField()
    standing = serializers.ChoiceField(choices=Attendance.Standing.choices)
    note = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)


class MeetingReasonIn(serializers.Serializer[Any]):
    """A reason."""

    reason = serializers.CharField(max_length=2000)


class MeetingNoteIn(serializers.Serializer[Any]):
    """What came of an item."""

    note = serializers.CharField(max_length=4000)


class ListedVoteIn(serializers.Serializer[Any]):
    """A vote on a list, on the motion as it was read."""

    motion = serializers.CharField(max_length=20)
    motion_sha256 = serializers.RegexField(HASH)
    vote = serializers.ChoiceField(choices=Ballot.Vote.choices)
    reason = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)


class BallotListIn(ProofIn):
    """Votes that one ceremony signs."""

    votes = serializers.ListField(child=ListedVoteIn(), min_length=1, max_length=MOST_SIGNED)


class ListedCaseIn(serializers.Serializer[Any]):
    """A case on a list, with the hash of its findings as they were read."""

    number = serializers.CharField(max_length=40)
    findings_sha256 = serializers.RegexField(HASH)


class SmallCaseListIn(ProofIn):
    """Small cases that one ceremony closes."""

    cases = serializers.ListField(child=ListedCaseIn(), min_length=1, max_length=MOST_SIGNED)
    lessons = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)


class SmallCaseOut(serializers.Serializer[Any]):
    """A small case that waits for a validator; `refusal` says why it cannot be closed now."""

    number = serializers.CharField(source="incident.number")
    title = serializers.CharField(source="incident.title")
    findings_sha256 = serializers.CharField(source="findings.record_sha256")
    may_close = serializers.BooleanField()
    refusal = serializers.CharField(source="refusal.reason", default="")


class SignedItemOut(serializers.Serializer[Any]):
    """A record on a list with its own signature."""

    position = serializers.IntegerField()
    record_sha256 = serializers.CharField()
    signature = serializers.UUIDField(source="signature_id")
    subject_type = serializers.CharField(source="signature.subject_type")
    subject_id = serializers.UUIDField(source="signature.subject_id")


class SigningListOut(serializers.ModelSerializer[SigningList]):
    """A list that one ceremony signed."""

    items = SignedItemOut(many=True)

    class Meta:
        model = SigningList
        fields = ("id", "kind", "sha256", "content", "at", "items")


class RecordedVoteIn(serializers.Serializer[Any]):
    """A vote that a member called in the meeting."""

    seat_number = serializers.IntegerField(min_value=1, max_value=1000)
    vote = serializers.ChoiceField(choices=Ballot.Vote.choices)
    reason = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)


class RecordedVoteOut(serializers.ModelSerializer[RecordedVote]):
    """A recorded vote; uncounted until it is countersigned."""

    person = PersonOut()
    countersigned = serializers.SerializerMethodField()

    class Meta:
        model = RecordedVote
        fields = ("id", "seat_number", "person", "at", "countersigned", "entry_number")

    def get_countersigned(self, row: RecordedVote) -> bool:
        """Whether it counts."""
        return getattr(row, "countersignature", None) is not None


class CountersignIn(ProofIn):
    """The motion as the member read it."""

    motion_sha256 = serializers.RegexField(HASH)


class DissentIn(ProofIn):
    """Why somebody voted against."""

    text = serializers.CharField(max_length=8000)


class DissentOut(serializers.ModelSerializer[DissentStatement]):
    """A signed statement of dissent."""

    person = PersonOut()

    class Meta:
        model = DissentStatement
        fields = ("id", "person", "text", "at", "entry_number")


class RecordedDecisionIn(ProofIn):
    """A decision taken outside, with its document."""

    file = serializers.FileField(max_length=1000)
    motion_sha256 = serializers.RegexField(HASH)
    outcome = serializers.ChoiceField(choices=RecordedDecision.Outcome.choices)
    words = serializers.CharField(max_length=10_000)
    decided_at = serializers.DateTimeField()
    eligible = serializers.IntegerField(min_value=1, max_value=1000)
    votes_for = serializers.IntegerField(min_value=0, max_value=1000)
    votes_against = serializers.IntegerField(min_value=0, max_value=1000, default=0)
    abstentions = serializers.IntegerField(min_value=0, max_value=1000, default=0)


class RecordedDecisionOut(serializers.ModelSerializer[RecordedDecision]):
    """A decision taken outside, and who has certified it."""

    first_by = PersonOut()
    second_by = PersonOut(allow_null=True)

    class Meta:
        model = RecordedDecision
        fields = ("id", "outcome", "words", "decided_at", "eligible", "votes_for",
                  "votes_against", "abstentions", "file_name", "sha256", "record_sha256", "state",
                  "first_by", "first_at", "second_by", "second_at", "refusal")  # fmt: skip


class CertifyIn(ProofIn):
    """The record as the second person read it."""

    record_sha256 = serializers.RegexField(HASH)


class MinutesSignIn(ProofIn):
    """The minutes as they were read."""

    sha256 = serializers.RegexField(HASH)


class AddendumIn(ProofIn):
    """What is added to approved minutes."""

    text = serializers.CharField(max_length=20_000)


class AddendumOut(serializers.ModelSerializer[MinutesAddendum]):
    """An addendum."""

    class Meta:
        model = MinutesAddendum
        fields = ("number", "text", "sha256", "at", "entry_number")


class NarrativeIn(serializers.Serializer[Any]):
    """An edited document that comes back."""

    file = serializers.FileField(max_length=1000)
    note = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)


class NarrativeOut(serializers.ModelSerializer[MinutesNarrative]):
    """A draft narrative."""

    class Meta:
        model = MinutesNarrative
        fields = ("id", "file_name", "sha256", "size", "note", "at", "entry_number")


class MinutesOut(serializers.ModelSerializer[Minutes]):
    """Minutes as they were frozen; `content` is the canonical text that is signed."""

    addenda = AddendumOut(many=True)
    narratives = NarrativeOut(many=True)

    class Meta:
        model = Minutes
        fields = ("id", "number", "state", "sha256", "content", "drafted_at", "approved_at",
                  "addenda", "narratives")  # fmt: skip
