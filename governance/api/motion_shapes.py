"""What the endpoints of motions take and give."""

from typing import Any

from rest_framework import serializers

from governance.models import Ballot, Decision, MotionAction, Resolution
from governance.selectors.rounds import RoundView
from incidents.models import Action
from ledger.rules.refusals import Refused
from registry.api.shapes import PersonOut


class ActionIn(serializers.Serializer[Any]):
    """One action that a motion orders; `due` and `proof` have the policy's defaults."""

    type = serializers.ChoiceField(choices=Action.Type.choices)
    words = serializers.CharField(max_length=2000)
    target_version = serializers.CharField(
        required=False, allow_null=True, default=None, help_text="Label of the version."
    )
    executor_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    due = serializers.CharField(required=False, default="", allow_blank=True, max_length=12)
    proof = serializers.CharField(required=False, default="", allow_blank=True, max_length=16)
    parameters = serializers.DictField(required=False, default=dict)


class ConditionIn(serializers.Serializer[Any]):
    """A condition under which a motion is carried."""

    text = serializers.CharField(max_length=1000)
    owner = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    due = serializers.CharField(required=False, default="", allow_blank=True, max_length=40)


class MotionIn(serializers.Serializer[Any]):
    """A motion."""

    title = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=4000)
    conditions = ConditionIn(many=True, required=False, default=list)
    actions = ActionIn(many=True)
    procedure = serializers.ChoiceField(choices=["written", "meeting"], default="written")


class ConveneIn(serializers.Serializer[Any]):
    """How long the round is open ('2bd', '24h'); empty for the charter's time."""

    closes_in = serializers.CharField(required=False, default="", allow_blank=True, max_length=12)
    urgent = serializers.BooleanField(required=False, default=False)


class ReasonIn(serializers.Serializer[Any]):
    """A reason."""

    reason = serializers.CharField(max_length=2000)


class RecusalIn(serializers.Serializer[Any]):
    """Why somebody recuses; the chair may name another person."""

    reason = serializers.CharField(max_length=2000)
    person_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class SubstituteIn(serializers.Serializer[Any]):
    """Which seat passes to its named substitute."""

    seat_number = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class ProofIn(serializers.Serializer[Any]):
    """What proves who signs: the password, a code, or a passkey's answer; or nothing, if fresh."""

    password = serializers.CharField(
        required=False, default="", allow_blank=True, write_only=True, trim_whitespace=False
    )
    code = serializers.CharField(
        required=False, default="", allow_blank=True, write_only=True, max_length=20
    )
    assertion = serializers.JSONField(
        required=False, default=None, allow_null=True, write_only=True
    )


class BallotIn(ProofIn):
    """A ballot on the motion that was read, with the proof that signs it."""

    vote = serializers.ChoiceField(choices=Ballot.Vote.choices)
    reason = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)
    motion_sha256 = serializers.CharField(max_length=64)
    final = serializers.BooleanField(required=False, default=False)


class CloseIn(ProofIn):
    """Whether the chair signs the result, and with which proof."""

    certify = serializers.BooleanField(required=False, default=False)


class MotionActionOut(serializers.ModelSerializer[MotionAction]):
    """An action that the motion orders."""

    executor = PersonOut()
    target_version = serializers.CharField(source="target_version.label", default=None)
    target_digest = serializers.CharField(source="target_version.digest", default=None)

    class Meta:
        model = MotionAction
        exclude = ["id", "decision"]


class SeatOut(serializers.Serializer[Any]):
    """A seat as frozen at convening; the vote is empty until it may be seen."""

    number = serializers.IntegerField()
    function = serializers.CharField()
    holder = PersonOut()
    seated = PersonOut(allow_null=True)
    substitute = PersonOut(allow_null=True)
    state = serializers.CharField()
    note = serializers.CharField()
    is_required = serializers.BooleanField(source="required")
    is_chair = serializers.BooleanField(source="chair")
    voted_at = serializers.DateTimeField(allow_null=True)
    vote = serializers.CharField()
    reason = serializers.CharField()
    is_you = serializers.BooleanField()


class RecusalOut(serializers.Serializer[Any]):
    """Who is out of the round, and why."""

    person = PersonOut()
    by_rule = serializers.BooleanField()
    reason = serializers.CharField()
    at = serializers.DateTimeField()


class ResolutionOut(serializers.ModelSerializer[Resolution]):
    """How a round ended."""

    certified_by = PersonOut(allow_null=True)

    class Meta:
        model = Resolution
        exclude = ["decision", "signature"]


class MotionRow(serializers.ModelSerializer[Decision]):
    """A motion in the docket."""

    incident = serializers.CharField(source="incident.number")
    system = serializers.CharField(source="incident.system.slug")
    severity = serializers.CharField(source="incident.severity")
    committee = serializers.CharField(source="committee.name")
    level = serializers.CharField(source="committee.level")
    state = serializers.CharField(help_text=f"One of: {', '.join(Decision.State.values)}.")

    class Meta:
        model = Decision
        fields = [
            "number",
            "round",
            "title",
            "incident",
            "system",
            "severity",
            "committee",
            "level",
            "procedure",
            "state",
            "feasible",
            "opens_at",
            "closes_at",
            "closed_at",
            "version",
            "created_at",
        ]


class MotionPageOut(serializers.Serializer[Any]):
    """One page of the docket; `next` is the cursor of the following one."""

    as_of = serializers.DateTimeField(allow_null=True)
    next = serializers.CharField(allow_null=True)
    results = MotionRow(many=True)


class MotionOut(MotionRow):
    """A motion in full, for one reader: pass the round's view as `instance.view`.

    `as_of` is the past instant that was asked for, null for now.
    """

    as_of = serializers.DateTimeField(default=None, allow_null=True)
    proposed_by = PersonOut()
    convened_by = PersonOut(allow_null=True)
    actions = MotionActionOut(source="motion_actions", many=True)
    seats = SeatOut(source="view.seats", many=True)
    recusals = RecusalOut(source="view.recusals", many=True)
    resolution = serializers.SerializerMethodField()
    feasibility = serializers.ListField(source="view.feasibility", child=serializers.CharField())
    votes_in = serializers.IntegerField(source="view.votes_in")
    quorum = serializers.IntegerField(source="view.quorum")
    votes_shown = serializers.BooleanField(source="view.votes_shown")
    closes_from = serializers.DateTimeField(source="view.closes_from", allow_null=True)
    you_may_vote = serializers.SerializerMethodField()
    why_not = serializers.SerializerMethodField()
    you_lead = serializers.BooleanField(source="view.leads")

    class Meta(MotionRow.Meta):
        fields = [
            "as_of",
            *MotionRow.Meta.fields,
            "reason",
            "conditions",
            "actions",
            "motion",
            "motion_sha256",
            "findings_sha256",
            "proposed_by",
            "convened_by",
            "convened_at",
            "seats",
            "recusals",
            "feasibility",
            "votes_in",
            "quorum",
            "votes_shown",
            "closes_from",
            "you_may_vote",
            "why_not",
            "you_lead",
            "resolution",
        ]

    def get_resolution(self, row: Any) -> dict[str, Any] | None:
        """How it ended, None while it has not."""
        found = getattr(row, "resolution", None)
        return dict(ResolutionOut(found).data) if found is not None else None

    def get_you_may_vote(self, row: Any) -> bool:
        """Whether the caller may vote now."""
        view: RoundView = row.view
        return view.reader is not None and view.vote_refusal is None

    def get_why_not(self, row: Any) -> str:
        """Why the caller may not vote; empty if they may."""
        refusal: Refused | None = row.view.vote_refusal
        return refusal.reason if refusal else ""


class BallotOut(serializers.ModelSerializer[Ballot]):
    """One's own ballot as it was signed."""

    motion = serializers.CharField(source="decision.number")
    signature = serializers.UUIDField(source="signature_id")

    class Meta:
        model = Ballot
        fields = [
            "motion",
            "seat_number",
            "vote",
            "reason",
            "motion_sha256",
            "final",
            "signature",
            "at",
            "entry_number",
        ]
