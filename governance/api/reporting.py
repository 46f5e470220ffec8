"""What people report and answer by hand: incidents, watches, escalations, policies."""

from functools import cache
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.motions import visible_incidents
from governance.api.reporting_shapes import (
    FiringOut,
    LineIn,
    PolicyIn,
    PolicyOut,
    ReportIn,
    StepIn,
    WatchOut,
)
from governance.selectors.escalations import firings_of
from governance.selectors.policies import policies_visible_to
from governance.selectors.watches import open_watches, watch_of_id
from governance.services.acknowledgements import acknowledge_step
from governance.services.policies import approve_policy, draft_policy
from governance.services.reports_by_hand import report_incident
from governance.services.watches import answer_watch
from incidents.api.shapes import IncidentRow
from incidents.selectors.visibility import incident_by_number
from outbox import clock
from registry.access import HasScope, IsPerson, actor_of, etag, signed_in, visible_system_id

TAGS = ["cases"]


@cache
def _row() -> IncidentRow:
    """The shape of an answer; made anew for each it would take longer than what it shapes."""
    return IncidentRow()


class IncidentReports(APIView):
    """Incidents that people report."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="incidents_report", tags=TAGS, request=ReportIn, responses={201: IncidentRow}
    )
    def post(self, request: Request) -> Response:
        """Report what was seen of a system; its owner must answer for it like for a breach."""
        given = ReportIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, at = dict(given.validated_data), clock.now()
        system_id = visible_system_id(request, values.pop("system"), at)
        incident = report_incident(system_id=system_id, **values, actor=actor_of(request), at=at)
        return Response(
            _row().to_representation(incident),
            status=status.HTTP_201_CREATED,
            headers={"ETag": etag(incident.version)},
        )


class WatchList(APIView):
    """The watches that run."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="watches_list", tags=TAGS, responses=WatchOut(many=True))
    def get(self, request: Request) -> Response:
        """Return the running watches that the caller may see, the soonest due first."""
        rows = open_watches(user=signed_in(request), at=clock.now())
        return Response(WatchOut(rows[:200], many=True).data)


class WatchAnswer(APIView):
    """The owner's line on a watch."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="watches_answer", tags=TAGS, request=LineIn, responses=WatchOut)
    def post(self, request: Request, watch_id: UUID) -> Response:
        """Answer a watch in one line."""
        given = LineIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        known = watch_of_id(watch_id=watch_id, user=signed_in(request), at=at)
        watch = answer_watch(
            watch_id=known.pk, line=given.validated_data["line"], actor=actor_of(request), at=at
        )
        return Response(WatchOut(watch).data)


class IncidentEscalations(APIView):
    """Who was told of an incident, and who has it."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="escalations_list", tags=TAGS, responses=FiringOut(many=True))
    def get(self, request: Request, number: str) -> Response:
        """Return every step that fired, the newest first."""
        incident = incident_by_number(number=number, visible=visible_incidents(request))
        return Response(FiringOut(firings_of(incident=incident), many=True).data)


class IncidentAcknowledgements(APIView):
    """'I have it', for one step."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="escalations_acknowledge", tags=TAGS, request=StepIn, responses={204: None}
    )
    def post(self, request: Request, number: str) -> Response:
        """Stop reminders of a step to the caller; no deadline stops."""
        given = StepIn(data=request.data)
        given.is_valid(raise_exception=True)
        incident = incident_by_number(number=number, visible=visible_incidents(request))
        acknowledge_step(
            incident_id=incident.pk,
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class PolicyList(APIView):
    """The policies of the caller's units."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="policies_list", tags=TAGS, responses=PolicyOut(many=True))
    def get(self, request: Request) -> Response:
        """Return every version, the newest first within a unit."""
        rows = policies_visible_to(user=signed_in(request), at=clock.now())
        return Response(PolicyOut(rows, many=True).data)

    @extend_schema(
        operation_id="policies_draft", tags=TAGS, request=PolicyIn, responses={201: PolicyOut}
    )
    def post(self, request: Request) -> Response:
        """Draft the next version of a unit's policy; every problem is told at once."""
        given = PolicyIn(data=request.data)
        given.is_valid(raise_exception=True)
        policy = draft_policy(**given.validated_data, actor=actor_of(request), at=clock.now())
        return Response(PolicyOut(policy).data, status=status.HTTP_201_CREATED)


class PolicyApproval(APIView):
    """The approval of a policy."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="policies_approve", tags=TAGS, request=None, responses=PolicyOut)
    def post(self, request: Request, policy_id: UUID) -> Response:
        """Put a draft in force, or confirm one from set-up, as a second person."""
        policy = approve_policy(policy_id=policy_id, actor=actor_of(request), at=clock.now())
        return Response(PolicyOut(policy).data)
