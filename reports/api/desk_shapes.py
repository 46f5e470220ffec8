"""What the desk's endpoints take and give."""

from typing import Any

from rest_framework import serializers

from governance.api.motion_shapes import ProofIn
from governance.services.watches import LONGEST_LINE
from incidents.rules.command_fields import ANSWERS, QUESTION_WORDS
from outbox.languages import spoken
from reports.models import DeskView
from reports.rules.desk import MOST_TOGETHER, CauseRow, Desk
from reports.services.desk import LONGEST_NAME, LONGEST_QUERY

ACTS = (("acknowledge", "acknowledge"), ("assign", "assign"), ("close", "close"))
MARK = r"\A(INC-\d{4}-\d{4,12}|watch:[0-9a-f-]{36})\Z"
SEEN = r"\A[0-9a-f]{0,64}\Z"


class DeskTaskOut(serializers.Serializer[Any]):
    """One row: what it is, until when, the one next step."""

    mark = serializers.CharField()
    number = serializers.CharField()
    title = serializers.CharField()
    system = serializers.CharField(source="system_slug")
    severity = serializers.CharField()
    standing = serializers.CharField()
    breaches = serializers.IntegerField()
    mine = serializers.BooleanField()
    command = serializers.CharField()
    step = serializers.CharField()
    who = serializers.CharField()
    waits_for = serializers.CharField()
    due_at = serializers.DateTimeField(source="due", allow_null=True)
    url = serializers.CharField()


class DeskCauseOut(serializers.Serializer[Any]):
    """The rows of one cause; `feed` is the one that stopped, if it is that."""

    feed = serializers.SerializerMethodField()
    stopped_at = serializers.SerializerMethodField()
    breaches = serializers.IntegerField()
    due_at = serializers.DateTimeField(source="due", allow_null=True)
    tasks = DeskTaskOut(many=True)

    def get_feed(self, row: CauseRow) -> str | None:
        """The name of the feed, null where it is none."""
        return row.root.name if row.root else None

    def get_stopped_at(self, row: CauseRow) -> str | None:
        """When it was heard last."""
        return row.root.began.isoformat() if row.root else None


class DeskGroupOut(serializers.Serializer[Any]):
    """Causes that need the same: 'today', 'later', 'others', 'watches'."""

    id = serializers.CharField()
    title = serializers.CharField()
    breaches = serializers.IntegerField()
    causes = DeskCauseOut(many=True)


class DeskAlsoOut(serializers.Serializer[Any]):
    """A smaller thing that waits for the caller."""

    title = serializers.CharField()
    who = serializers.CharField()
    step = serializers.CharField()
    due_at = serializers.DateTimeField(source="due", allow_null=True)
    url = serializers.CharField()
    urgent = serializers.BooleanField()


class DeskClockOut(serializers.Serializer[Any]):
    """A running clock."""

    title = serializers.CharField()
    due_at = serializers.DateTimeField(source="due")
    share = serializers.IntegerField()
    tag = serializers.CharField()
    note = serializers.CharField()
    url = serializers.CharField()


class DeskOut(serializers.Serializer[Any]):
    """One's own desk."""

    headline = serializers.SerializerMethodField()
    say = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    acts = serializers.ListField(child=serializers.CharField())
    groups = DeskGroupOut(many=True)
    also = DeskAlsoOut(many=True)
    clocks = DeskClockOut(many=True)

    def get_headline(self, row: Desk) -> str:
        """The situation in one sentence."""
        return str(row.headline)


class DeskViewOut(serializers.Serializer[Any]):
    """A view that is kept; `count` where it is of the desk."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    page = serializers.CharField()
    query = serializers.CharField()
    count = serializers.IntegerField(allow_null=True)


class DeskViewIn(serializers.Serializer[Any]):
    """A view to keep: `query` is the part of the list's address after '?'."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    page = serializers.ChoiceField(choices=DeskView.Page.choices, default="desk")
    query = serializers.CharField(max_length=LONGEST_QUERY, allow_blank=True, default="")


class DeskPickedIn(serializers.Serializer[Any]):
    """A case, with what was seen of it: its version, or to close it its findings' hash."""

    mark = serializers.RegexField(MARK)
    seen = serializers.RegexField(SEEN, allow_blank=True, default="")


class _SeveralIn(serializers.Serializer[Any]):
    cases = serializers.ListField(child=DeskPickedIn(), min_length=1, max_length=MOST_TOGETHER)


class DeskAcknowledgeIn(_SeveralIn):
    """The four questions once, for all incidents; one line for all watches."""

    line = serializers.CharField(max_length=LONGEST_LINE, required=False)

    def get_fields(self) -> Any:
        """Ask the questions that an acknowledgement asks; a list of watches needs none."""
        fields = super().get_fields()
        for name, words in QUESTION_WORDS.items():
            fields[name] = serializers.ChoiceField(choices=ANSWERS, required=False, help_text=words)
        return fields


class DeskAssignIn(_SeveralIn):
    """The new owner, the new deputy, or both, and why."""

    owner_id = serializers.UUIDField(required=False)
    deputy_id = serializers.UUIDField(required=False)
    reason = serializers.CharField(max_length=4000)


class DeskCloseIn(ProofIn, _SeveralIn):
    """The lesson of the small cases, and the proof of who signs."""

    lessons = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)


class DeskLookIn(serializers.Serializer[Any]):
    """What is looked at before it is done."""

    act = serializers.ChoiceField(choices=ACTS)
    cases = serializers.ListField(
        child=serializers.RegexField(MARK), min_length=1, max_length=MOST_TOGETHER
    )


class DeskLookedOut(serializers.Serializer[Any]):
    """How one of them stands: whether it would be done, and why not."""

    mark = serializers.CharField()
    title = serializers.CharField()
    seen = serializers.CharField()
    may = serializers.BooleanField()
    why_not = serializers.SerializerMethodField()
    who_can = serializers.SerializerMethodField()

    def get_why_not(self, row: Any) -> str:
        """Why it would be refused, '' if it would not."""
        return str(spoken(row.refusal.reason)) if row.refusal else ""

    def get_who_can(self, row: Any) -> list[str]:
        """Who could instead."""
        return [str(spoken(one)) for one in row.refusal.who_can] if row.refusal else []


class DeskRefusedOut(serializers.Serializer[Any]):
    """One that was refused, and why."""

    mark = serializers.CharField()
    code = serializers.CharField()
    reason = serializers.CharField()
    who_can = serializers.ListField(child=serializers.CharField())


class DeskDoneOut(serializers.Serializer[Any]):
    """What came of an act on several; `signed` is the hash of the list that was signed."""

    done = serializers.ListField(child=serializers.CharField())
    refused = serializers.SerializerMethodField()
    signed = serializers.SerializerMethodField()

    def get_refused(self, row: Any) -> list[dict[str, Any]]:
        """Each that was refused."""
        told = [
            {
                "mark": mark,
                "code": one.code,
                "reason": str(spoken(one.reason)),
                "who_can": [str(spoken(who)) for who in one.who_can],
            }
            for mark, one in row.refused
        ]
        return list(DeskRefusedOut(told, many=True).data)

    def get_signed(self, row: Any) -> str | None:
        """The hash of the signed list."""
        return row.signed.sha256 if row.signed else None


class DeskCalendarOut(serializers.Serializer[Any]):
    """Whether one's calendar has an address, and since when."""

    has_address = serializers.BooleanField()
    made_at = serializers.DateTimeField(allow_null=True)


class DeskCalendarMadeOut(DeskCalendarOut):
    """The address, told this once."""

    url = serializers.CharField()
