"""The risk tier of a system: proposed by one person, decided by another."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import IsPerson, actor_of, expected_version, visible_system
from registry.api.systems import IF_MATCH
from registry.api.two_person_shapes import TierChangeOut, TierDecisionIn, TierIn
from registry.selectors.classification import open_tier_change
from registry.services.tiers import decide_tier, propose_tier

TAGS = ["classification"]


class SystemTier(APIView):
    """The risk tier of a system."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="tier_propose",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=TierIn,
        responses={201: TierChangeOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Propose another tier: raised at once, lowered when a second person agrees."""
        given = TierIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        row = propose_tier(
            system_id=visible_system(request, slug, at).pk,
            expected_version=expected_version(request),
            **given.validated_data,
            actor=actor_of(request),
            at=at,
        )
        return Response(TierChangeOut(row).data, status=status.HTTP_201_CREATED)


class TierDecision(APIView):
    """The decision on a proposed tier."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="tier_decide", tags=TAGS, request=TierDecisionIn, responses=TierChangeOut
    )
    def post(self, request: Request, slug: str) -> Response:
        """Agree with the tier that is proposed, or decline it."""
        given = TierDecisionIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        row = open_tier_change(visible_system(request, slug, at).pk)
        if row is None:
            raise Missing("nothing_open", "No change of the risk tier waits.")
        decided = decide_tier(
            change_id=row.pk, **given.validated_data, actor=actor_of(request), at=at
        )
        return Response(TierChangeOut(decided).data)
