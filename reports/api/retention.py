"""How long records are kept, over HTTP: the rules, what the next run would drop."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.models import RetentionRule
from registry.selectors.holds import holds_in_force
from registry.services.retention import set_retention
from reports.api.holds import HoldOut
from reports.selectors.retention_page import holds_seen_by, next_run, reader_of
from reports.services.retention import run_retention, told_to


class BasisOut(serializers.Serializer[object]):
    """Where a rule comes from."""

    text = serializers.CharField()
    short = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    status = serializers.CharField()
    checked = serializers.CharField()


class RuleOut(serializers.ModelSerializer[RetentionRule]):
    """How long one kind of record is kept."""

    bases = BasisOut(many=True)

    class Meta:
        model = RetentionRule
        fields = (
            "kind", "name", "holds", "keep_days", "floor_days", "counted_from", "longer", "bases",
            "drops", "fixed", "personal", "release",
        )  # fmt: skip


class RuleIn(serializers.Serializer[object]):
    """A new time, and why."""

    keep_days = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=2000)


class RetentionOut(serializers.Serializer[object]):
    """The rules, the holds in force, and when the next run is due."""

    rules = RuleOut(many=True)
    holds = HoldOut(many=True)
    next_run = serializers.DateTimeField()


class RunOut(serializers.Serializer[object]):
    """What a run would drop of one kind."""

    kind = serializers.CharField(source="rule.kind")
    before = serializers.DateTimeField()
    count = serializers.IntegerField(source="dropped.count")
    names = serializers.ListField(source="dropped.names", child=serializers.CharField())
    held = serializers.SerializerMethodField()
    left = serializers.CharField(source="dropped.left")

    def get_held(self, row: object) -> list[dict[str, str]]:
        """Say which holds keep what."""
        return [{"hold": str(one.hold), "what": one.words} for one in row.dropped.met]  # type: ignore[attr-defined]


class Retention(APIView):
    """How long records are kept."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="retention_read", tags=["retention"], responses=RetentionOut)
    def get(self, request: Request) -> Response:
        """Return the rules, the holds in force, and when the next run is due."""
        user, at = signed_in(request), clock.now()
        reader_of(user=user, at=at)
        rules = RetentionRule.objects.all()
        holds = holds_in_force(at).filter(holds_seen_by(user=user, at=at))
        told = {"rules": rules, "holds": holds, "next_run": next_run(at)}
        return Response(RetentionOut(told).data)


class RetentionPreview(APIView):
    """What the next run would drop."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="retention_preview", tags=["retention"], responses=RunOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return it by kind; nothing is changed."""
        user, at = signed_in(request), clock.now()
        reader_of(user=user, at=at)
        ran = told_to(run_retention(at=at, dry=True), user=user, at=at)
        return Response(RunOut(ran, many=True).data)


class RetentionRuleDetail(APIView):
    """One rule."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="retention_rule_set", tags=["retention"], request=RuleIn, responses=RuleOut
    )
    def post(self, request: Request, kind: str) -> Response:
        """Say how long the kind is kept, never below its floor."""
        given = RuleIn(data=request.data)
        given.is_valid(raise_exception=True)
        rule = set_retention(
            kind=kind, actor=actor_of(request), at=clock.now(), **given.validated_data
        )
        return Response(RuleOut(rule).data)
