"""Receipts of ordered actions, and the state that gateways ask for."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.api.shapes import ReceiptIn, ReceiptOut, StateIn, StateOut
from incidents.selectors.serving import serving_state
from incidents.services.actions import record_receipt, system_of_action
from ledger.rules.refusals import Forbidden
from ledger.rules.worded import worded
from outbox import clock
from registry.access import HasScope, actor_of, visible_system
from registry.models import ServiceToken
from registry.selectors import token_allows

CONFIRM = "actions:confirm"


class ActionReceipts(APIView):
    """What came back about an ordered action."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="actions_receive", tags=["actions"], request=ReceiptIn, responses=ReceiptOut
    )
    def post(self, request: Request, action_id: UUID) -> Response:
        """Record what was observed: a gateway by callback, a second person with evidence."""
        given = ReceiptIn(data=request.data)
        given.is_valid(raise_exception=True)
        by_token = isinstance(request.auth, ServiceToken)
        _require_scope(request, action_id)
        received = record_receipt(
            action_id=action_id,
            how="callback" if by_token else "person",
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(ReceiptOut(received).data)


class SystemState(APIView):
    """May this version serve."""

    permission_classes = [HasScope("state:read")]

    @extend_schema(
        operation_id="systems_state", tags=["actions"], parameters=[StateIn], responses=StateOut
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return whether a version may serve, for how long this holds, how to fail."""
        given = StateIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system = visible_system(request, slug, at)
        return Response(StateOut(serving_state(system=system, **given.validated_data, at=at)).data)


def _require_scope(request: Request, action_id: UUID) -> None:
    token = request.auth
    if not isinstance(token, ServiceToken):
        return
    slug = system_of_action(action_id=action_id)
    if not token_allows(token, CONFIRM, slug):
        raise Forbidden(
            "scope_missing",
            worded(
                "This token may not report on this action: it needs the scope "
                "{confirm} for the action's system.",
                confirm=CONFIRM,
            ),
            recorded=True,
            subject=("token", token.token_key, token.name),
        )
