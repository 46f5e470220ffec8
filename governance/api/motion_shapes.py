"""What the endpoints of motions take and give."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.models import (
    Ballot,
    Decision,
    DecisionCondition,
    MotionAction,
    RecusalRequest,
    Resolution,
)
from governance.selectors.conditions import conditions_of, is_in_force
from governance.selectors.rounds import RoundView
from ledger.rules.refusals import Refused
from outbox import clock
from registry.api.shapes import PersonOut


class ActionIn(serializers.Serializer[Any]):
    """One action that a motion orders; `due` and `proof` have the policy's defaults."""

    type = serializers.ChoiceField(choices=MotionAction.Kind.choices)
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
    due = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=40,
        help_text="A duration from the adoption ('30d') or a date ('2026-12-31').",
    )
    owner_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    verifier_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    evidence = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    on_overdue = serializers.ChoiceField(
        choices=DecisionCondition.Overdue.choices, required=False, default="escalate"
    )

    def to_internal_value(self, data: Any) -> Any:
        """Keep ids as text: the motion's text is plain data."""
        values = super().to_internal_value(data)
        ids = ("owner_id", "verifier_id")
        return {
            name: str(value) if name in ids else value
            for name, value in values.items()
            if name not in ids or value is not None
        }


class MotionIn(serializers.Serializer[Any]):
    """A motion."""

    title = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=4000)
    conditions = ConditionIn(many=True, required=False, default=list)
    actions = ActionIn(many=True)
    procedure = serializers.ChoiceField(choices=["written", "meeting"], default="written")
    supersedes = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=20,
        help_text="Number of the decision in whose place this one is put.",
    )


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
            "matter",
            "procedure",
            "state",
            "feasible",
            "opens_at",
            "closes_at",
            "closed_at",
            "version",
            "created_at",
        ]


class RecusalAskedOut(serializers.ModelSerializer[RecusalRequest]):
    """A recusal that somebody asked for after voting."""

    person = PersonOut()

    class Meta:
        model = RecusalRequest
        fields = ["id", "person", "reason", "asked_at", "state", "answer"]


class ConditionOut(serializers.ModelSerializer[DecisionCondition]):
    """A condition of an adopted motion, and how it stands."""

    owner = PersonOut(allow_null=True)
    verifier = PersonOut(allow_null=True)

    class Meta:
        model = DecisionCondition
        fields = [
            "number",
            "text",
            "owner",
            "verifier",
            "evidence",
            "due_at",
            "on_overdue",
            "state",
            "reference",
            "settled_reason",
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
    recusal_requests = RecusalAskedOut(many=True)
    supersedes = serializers.CharField(source="supersedes.number", default=None)
    replaces = serializers.CharField(source="replaces.number", default=None)
    waits_for_casting = serializers.BooleanField(source="view.waits_for_casting")
    in_force = serializers.SerializerMethodField()
    condition_states = serializers.SerializerMethodField()
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
            "recusal_requests",
            "level_words",
            "supersedes",
            "replaces",
            "edits",
            "in_force",
            "condition_states",
            "waits_for_casting",
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

    def get_in_force(self, row: Any) -> bool:
        """Whether it is adopted, not replaced, and no condition is overdue (KOM-21)."""
        return is_in_force(row, row.as_of or clock.now())

    @extend_schema_field(ConditionOut(many=True))
    def get_condition_states(self, row: Any) -> list[dict[str, Any]]:
        """How each condition of an adopted motion stands."""
        return [dict(ConditionOut(one).data) for one in conditions_of(row)]

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
