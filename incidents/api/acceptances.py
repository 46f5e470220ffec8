"""Accepted risks over the API: the register, one in full, and proposals, which accept nothing."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.models import AcceptanceProposal, Incident
from incidents.selectors.acceptance_pages import VIEWS, acceptance_page
from incidents.selectors.acceptances import (
    Shown,
    acceptance_by_number,
    acceptances_visible,
    chain_of,
    proposal_by_number,
    proposal_faults,
    proposals_visible,
    scope_of,
    shown,
)
from incidents.selectors.visibility import (
    incident_by_number,
    incidents_of,
    incidents_visible_to,
)
from incidents.services.acceptance_proposals import propose_acceptance, reject_proposal
from outbox import clock
from registry.access import (
    AS_OF,
    HasScope,
    IsPerson,
    actor_of,
    moment_of,
    signed_in,
    visible_systems,
)
from registry.api.shapes import PersonOut
from registry.models import ServiceToken

TAGS = ["acceptances"]
PROPOSE = "acceptances:propose"
MOST_PROPOSALS = 200


class AcceptancesIn(serializers.Serializer[Any]):
    """Which of them."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    system = serializers.SlugField(max_length=80, default="", allow_blank=True)
    cursor = serializers.CharField(max_length=200, default="", allow_blank=True)
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)


class AcceptanceOut(serializers.Serializer[Shown]):
    """An accepted risk; `valid` is computed at the instant of the answer, `state` was recorded."""

    number = serializers.CharField(source="acceptance.number")
    incident = serializers.CharField(source="acceptance.incident.number")
    system = serializers.CharField(source="acceptance.incident.system.slug")
    valid = serializers.BooleanField(source="validity.valid")
    ground = serializers.CharField(source="validity.ground")
    invalid_since = serializers.DateTimeField(source="validity.since", allow_null=True)
    reason = serializers.CharField(source="validity.words")
    state = serializers.CharField(source="acceptance.state")
    treatment = serializers.CharField(source="acceptance.treatment")
    residual_risk = serializers.CharField(source="acceptance.residual_risk")
    controls = serializers.CharField(source="acceptance.controls")
    scope = serializers.SerializerMethodField()
    limit_value = serializers.FloatField(source="acceptance.limit_value", allow_null=True)
    limit_words = serializers.CharField(source="acceptance.limit_words")
    owner = PersonOut(source="acceptance.owner")
    decision_id = serializers.UUIDField(source="acceptance.decision_id")
    from_at = serializers.DateTimeField(source="acceptance.from_at")
    until_at = serializers.DateTimeField(source="acceptance.until_at")
    original_from = serializers.DateTimeField(source="acceptance.original_from")
    original_until = serializers.DateTimeField(source="acceptance.original_until")
    renewals = serializers.IntegerField(source="acceptance.renewals")
    renewal_of = serializers.CharField(source="acceptance.renewal_of.number", default=None)
    review_at = serializers.DateTimeField(source="acceptance.review_at")
    reviewed_at = serializers.DateTimeField(source="acceptance.reviewed_at", allow_null=True)
    ended_at = serializers.DateTimeField(source="acceptance.ended_at", allow_null=True)
    recorded_at = serializers.DateTimeField(source="acceptance.recorded_at", allow_null=True)

    def get_scope(self, row: Shown) -> dict[str, Any]:
        """What it covers."""
        return scope_of(row.acceptance)


class AcceptancePageOut(serializers.Serializer[Any]):
    """One page of the register."""

    as_of = serializers.DateTimeField(allow_null=True)
    next = serializers.CharField(allow_null=True)
    results = AcceptanceOut(many=True)


class AcceptanceFullOut(AcceptanceOut):
    """An accepted risk with its chain of renewals, the first one first."""

    chain = serializers.SerializerMethodField()

    def get_chain(self, row: Shown) -> list[str]:
        """The numbers of the chain."""
        return [one.number for one in chain_of(row.acceptance)]


class ProposalIn(serializers.Serializer[Any]):
    """What is proposed. An expiry may be missing; then it is only shown, and cannot be decided."""

    incident = serializers.CharField(max_length=20)
    terms = serializers.DictField()
    source = serializers.CharField(  # type: ignore[assignment]  # the field is named so
        max_length=120, default="", allow_blank=True
    )
    reference = serializers.CharField(max_length=200, default="", allow_blank=True)


class ProposalOut(serializers.ModelSerializer[AcceptanceProposal]):
    """A proposal, and what is missing before a body could decide on it."""

    incident = serializers.CharField(source="incident.number")
    proposed_by = PersonOut(allow_null=True)
    decided_by = PersonOut(allow_null=True)
    acceptance = serializers.CharField(source="acceptance.number", default=None)
    missing = serializers.SerializerMethodField()

    class Meta:
        model = AcceptanceProposal
        fields = [
            "number", "incident", "state", "terms", "missing", "source", "reference",
            "proposed_by", "proposed_at", "decided_by", "decided_at", "decided_because",
            "acceptance",
        ]  # fmt: skip

    def get_missing(self, row: AcceptanceProposal) -> dict[str, str]:
        """What stands against deciding on it now, by field."""
        if row.state != AcceptanceProposal.State.PROPOSED:
            return {}
        return proposal_faults(incident=row.incident, values=row.terms, at=clock.now())


class RejectIn(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=4000)


class AcceptanceList(APIView):
    """The register of accepted risks."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="acceptances_list",
        tags=TAGS,
        parameters=[AcceptancesIn, AS_OF],
        responses=AcceptancePageOut,
    )
    def get(self, request: Request) -> Response:
        """Return one page; what runs with the next end first."""
        given = AcceptancesIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked, moment = given.validated_data, moment_of(request, now=clock.now())
        visible = moment.kept(_incidents(request))
        with moment.reading():
            page = acceptance_page(
                visible=acceptances_visible(visible),
                at=moment.at,
                view=asked["view"],
                system=asked["system"],
                after=asked["cursor"],
                limit=asked["limit"],
            )
            told = {"as_of": moment.as_of, "next": page.after or None, "results": page.rows}
            return Response(AcceptancePageOut(told).data)


class AcceptanceDetail(APIView):
    """One accepted risk."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="acceptances_read", tags=TAGS, responses=AcceptanceFullOut)
    def get(self, request: Request, number: str) -> Response:
        """Return it as it is now, valid or not."""
        visible = acceptances_visible(_incidents(request))
        row = acceptance_by_number(number=number, visible=visible)
        return Response(AcceptanceFullOut(shown([row], clock.now())[0]).data)


class ProposalList(APIView):
    """Proposals to accept a risk."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope of reading, proposing its own."""
        return [HasScope(PROPOSE if self.request.method == "POST" else "read")()]

    @extend_schema(
        operation_id="acceptance_proposals_list", tags=TAGS, responses=ProposalOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return those that wait, the newest first, at most 200."""
        rows = proposals_visible(_incidents(request)).filter(
            state=AcceptanceProposal.State.PROPOSED
        )
        newest = rows.order_by("-proposed_at", "-id")[:MOST_PROPOSALS]
        return Response(ProposalOut(newest, many=True).data)

    @extend_schema(
        operation_id="acceptance_proposals_make",
        tags=TAGS,
        request=ProposalIn,
        responses={201: ProposalOut},
    )
    def post(self, request: Request) -> Response:
        """Propose to accept a risk. It is never active by that, whoever sends it."""
        given = ProposalIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        incident = incident_by_number(number=values["incident"], visible=_incidents(request))
        row = propose_acceptance(
            incident_id=incident.pk,
            terms=values["terms"],
            source=_source(request, values["source"]),
            reference=values["reference"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(ProposalOut(row).data, status=201)


class ProposalReject(APIView):
    """Rejecting a proposal."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="acceptance_proposals_reject",
        tags=TAGS,
        request=RejectIn,
        responses=ProposalOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Reject it with a reason, without putting it to a body."""
        given = RejectIn(data=request.data)
        given.is_valid(raise_exception=True)
        proposal_by_number(number=number, visible=proposals_visible(_incidents(request)))
        row = reject_proposal(
            number=number,
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(ProposalOut(row).data)


def _source(request: Request, given: str) -> str:
    """Where it comes from: a token's own name, so that none speaks for another."""
    token = request.auth
    return f"token {token.name}"[:120] if isinstance(token, ServiceToken) else given or "by hand"


def _incidents(request: Request) -> QuerySet[Incident]:
    at = clock.now()
    if isinstance(request.auth, ServiceToken):
        return incidents_of(visible_systems(request, at))
    return incidents_visible_to(user=signed_in(request), at=at)
