"""Standing orders over the API: list, put, vote, drill, withdraw."""

from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.motion_shapes import ProofIn
from governance.models import OrderDrill, OrderVote, StandingOrder
from governance.rules.orders import CASE_KINDS
from governance.selectors.orders import drill_within, orders_of, show, visible_order
from governance.services.order_votes import vote_on_order
from governance.services.standing_orders import (
    Order,
    put_order,
    record_drill,
    withdraw_order,
)
from incidents.models import Incident
from outbox import clock
from registry.access import (
    AS_OF,
    HasScope,
    IsPerson,
    actor_of,
    moment_of,
    signed_in,
    visible_system,
    visible_systems,
)
from registry.access.pages import asked
from registry.ceremony import reauthenticate, take_proof
from registry.models import System

TAGS = ["standing orders"]
MOST = 200


class OrderIn(serializers.Serializer[Any]):
    """A standing order as it is put."""

    rule = serializers.ChoiceField(choices=StandingOrder.Rule.choices)
    kpi = serializers.CharField(max_length=60, default="", allow_blank=True)
    limit_value = serializers.FloatField(default=None, allow_null=True)
    case_kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=CASE_KINDS), default=list, max_length=len(CASE_KINDS)
    )
    least_severity = serializers.ChoiceField(
        choices=Incident.Severity.choices, default="", allow_blank=True
    )
    action = serializers.ChoiceField(choices=StandingOrder.Action.choices)
    scope = serializers.CharField(max_length=300)
    environment = serializers.CharField(max_length=30, default="production")
    reason = serializers.CharField(max_length=4000)
    valid_from = serializers.DateTimeField(default=None, allow_null=True, help_text="null: now")
    valid_until = serializers.DateTimeField()

    def validate_limit_value(self, value: float | None) -> float | None:
        """Refuse what is no number."""
        if value is not None and not abs(value) < 1e300:
            raise serializers.ValidationError("This is no number that a reading could reach.")
        return value


class OrderVoteOut(serializers.ModelSerializer[OrderVote]):
    """One vote."""

    person = serializers.CharField(source="person.name")

    class Meta:
        model = OrderVote
        fields = ["person", "in_favour", "reason", "at", "entry_number"]


class OrderDrillOut(serializers.ModelSerializer[OrderDrill]):
    """One drill."""

    person = serializers.CharField(source="person.name")

    class Meta:
        model = OrderDrill
        fields = ["person", "passed", "seconds", "found", "evidence", "at", "entry_number"]


class OrderOut(serializers.Serializer[Any]):
    """An order: `state` in a word, whether a drill proves it, what it lacks."""

    id = serializers.UUIDField(source="order.pk")
    number = serializers.CharField(source="order.number")
    system = serializers.CharField(source="order.system.slug")
    environment = serializers.CharField(source="order.environment")
    committee = serializers.CharField(source="order.committee.name")
    rule = serializers.CharField(source="order.rule")
    kpi = serializers.CharField(source="order.kpi_id", allow_null=True)
    limit_value = serializers.FloatField(source="order.limit_value", allow_null=True)
    case_kinds = serializers.ListField(
        source="order.case_kinds", child=serializers.CharField(), help_text="of the rule 'case'"
    )
    least_severity = serializers.CharField(source="order.least_severity")
    action = serializers.CharField(source="order.action")
    scope = serializers.CharField(source="order.scope")
    reason = serializers.CharField(source="order.reason")
    text_sha256 = serializers.CharField(source="order.text_sha256")
    put_by = serializers.CharField(source="order.put_by.name")
    put_at = serializers.DateTimeField(source="order.put_at")
    valid_from = serializers.DateTimeField(source="order.valid_from")
    valid_until = serializers.DateTimeField(source="order.valid_until")
    decided_at = serializers.DateTimeField(source="order.decided_at", allow_null=True)
    drilled_at = serializers.DateTimeField(source="order.drilled_at", allow_null=True)
    withdrawn_at = serializers.DateTimeField(source="order.withdrawn_at", allow_null=True)
    withdrawn_reason = serializers.CharField(source="order.withdrawn_reason")
    state = serializers.CharField(source="word")
    proven = serializers.BooleanField()
    gaps = serializers.ListField(child=serializers.CharField())
    seats = serializers.IntegerField()
    votes = OrderVoteOut(source="order.votes", many=True)
    drills = OrderDrillOut(source="order.drills", many=True)


class OrderVoteIn(ProofIn):
    """A vote with the proof of who gives it; against needs a reason."""

    in_favour = serializers.BooleanField()
    reason = serializers.CharField(max_length=4000, default="", allow_blank=True)


class OrderDrillIn(serializers.Serializer[Any]):
    """A trial of an order without harm."""

    passed = serializers.BooleanField()
    seconds = serializers.IntegerField(min_value=0, max_value=86_400)
    evidence = serializers.CharField(max_length=2000)
    found = serializers.CharField(max_length=4000, default="", allow_blank=True)


class OrderReasonIn(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=4000)


class OrderList(APIView):
    """The standing orders of a system; put another one."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; putting one takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    @extend_schema(
        operation_id="standing_orders_list",
        tags=TAGS,
        parameters=[AS_OF],
        responses=OrderOut(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the orders of a system, the newest first; of an instant as they were."""
        system, moment = asked(request, slug)
        with moment.reading():
            rows = orders_of(systems=System.objects.filter(pk=system.pk))[:MOST]
            return Response([_shown(row, moment.as_of) for row in rows])

    @extend_schema(
        operation_id="standing_orders_put", tags=TAGS, request=OrderIn, responses={201: OrderOut}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Put an order to the committee of the system's unit."""
        given, at = OrderIn(data=request.data), clock.now()
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        kpi = values.pop("kpi")
        values["valid_from"] = values["valid_from"] or at
        order = put_order(
            system_id=visible_system(request, slug, at).pk,
            given=Order(kpi_id=kpi, **values),
            actor=actor_of(request),
            at=at,
        )
        return Response(_shown(order), status=201)


class OrderDetail(APIView):
    """One standing order."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="standing_orders_read", tags=TAGS, parameters=[AS_OF], responses=OrderOut
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        """Return it with its votes and drills, as it is or was at an instant."""
        moment, found = moment_of(request, now=clock.now()), _visible(request, order_id)
        moment.require(began=found.put_at, what=f"{found.number} was put")
        with moment.reading():
            then = orders_of(systems=System.objects.all()).get(pk=found.pk)
            return Response(_shown(then, moment.as_of))


class OrderVotes(APIView):
    """Votes on a standing order."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="standing_orders_vote", tags=TAGS, request=OrderVoteIn, responses=OrderOut
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Vote once for your seat, signed."""
        given = OrderVoteIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        found = _visible(request, order_id)
        ceremony = reauthenticate(request, **take_proof(values))
        vote_on_order(
            order_id=found.pk,
            in_favour=values["in_favour"],
            reason=values["reason"],
            ceremony=ceremony,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(_shown(_visible(request, order_id)))


class OrderDrills(APIView):
    """Drills of a standing order."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="standing_orders_drill", tags=TAGS, request=OrderDrillIn, responses=OrderOut
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Record a trial without harm; one that passed proves the order for a time."""
        given = OrderDrillIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = _visible(request, order_id)
        values = given.validated_data
        record_drill(order_id=found.pk, **values, actor=actor_of(request), at=clock.now())
        return Response(_shown(_visible(request, order_id)))


class OrderWithdrawal(APIView):
    """The withdrawal of a standing order."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="standing_orders_withdraw",
        tags=TAGS,
        request=OrderReasonIn,
        responses=OrderOut,
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Withdraw it, with a reason."""
        given = OrderReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = _visible(request, order_id)
        reason = given.validated_data["reason"]
        withdraw_order(order_id=found.pk, reason=reason, actor=actor_of(request), at=clock.now())
        return Response(_shown(_visible(request, order_id)))


def _visible(request: Request, order_id: UUID) -> StandingOrder:
    user = signed_in(request)
    systems = visible_systems(request, clock.now())
    return visible_order(order_id=order_id, systems=systems, person=user.pk if user else None)


def _shown(order: StandingOrder, as_of: datetime | None = None) -> dict[str, Any]:
    at = as_of or clock.now()
    within = drill_within(system=order.system, at=at)
    found = show(order, within=within, at=at, past=as_of is not None)
    return dict(OrderOut(found).data)
