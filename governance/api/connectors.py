"""Connectors over HTTP: defined, changed, tried, asked at once, switched off; how they fare."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.connector_shapes import (
    ConnectorIn,
    ConnectorOut,
    ConnectorRunOut,
    ConnectorSwitchIn,
    TriedOut,
    WantedIn,
)
from governance.services.polling import try_connector
from outbox import clock
from registry.access import (
    HasScope,
    IsPerson,
    actor_of,
    etag,
    expected_version,
    visible_system,
    visible_systems,
)
from registry.services.access import require_system_permit
from telemetry.models import Connector
from telemetry.selectors.connectors import FARES, connector_of, connectors_of, runs_of
from telemetry.services.connectors import (
    ACT,
    Wanted,
    change_connector,
    define_connector,
    request_poll,
    switch_connector,
)

TAGS = ["connectors"]
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the connector as you saw it.",
)
TOLD = 100


class ConnectorPages(CursorPagination):
    """Keyset pages by name."""

    ordering = ("name", "id")
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200


class RunPages(CursorPagination):
    """Keyset pages, newest first."""

    ordering = ("-id",)
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200


class ReadOrPerson(APIView):
    """Read with the scope `read`; everything else is a person's."""

    def get_permissions(self) -> list[BasePermission]:
        """Return what the method takes."""
        kind = HasScope("read") if self.request.method == "GET" else IsPerson
        return [kind()]


class ConnectorList(ReadOrPerson):
    """Connectors of the systems that the caller sees."""

    @extend_schema(
        operation_id="connectors_list",
        tags=TAGS,
        parameters=[
            OpenApiParameter("search", str),
            OpenApiParameter("fares", str, enum=[one for one in FARES if one != "quiet"]),
        ],
        responses=ConnectorOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return a page of connectors by name, with how each fares."""
        at = clock.now()
        asked = {name: request.query_params.get(name, "") for name in ("search", "fares")}
        pages = ConnectorPages()
        rows = connectors_of(visible_systems(request, at), asked)
        page = pages.paginate_queryset(rows, request, self)
        shown = ConnectorOut(page or [], many=True, context={"at": at})
        return pages.get_paginated_response(shown.data)

    @extend_schema(
        operation_id="connectors_define",
        tags=TAGS,
        request=ConnectorIn,
        responses={201: ConnectorOut},
    )
    def post(self, request: Request) -> Response:
        """Connect a source; its credential is stored encrypted and never given out."""
        given, at = _given(ConnectorIn, request), clock.now()
        made = define_connector(
            system_id=visible_system(request, given["system"], at).pk,
            kind=given["kind"],
            wanted=_wanted(given, secrets=given.get("secrets", [])),
            actor=actor_of(request),
            at=at,
        )
        return _answer(request, made.pk, status.HTTP_201_CREATED)


class ConnectorDetail(ReadOrPerson):
    """One connector."""

    @extend_schema(operation_id="connectors_detail", tags=TAGS, responses=ConnectorOut)
    def get(self, request: Request, connector_id: UUID) -> Response:
        """Return a connector with its ETag: last row taken, last row refused and why."""
        return _answer(request, connector_id)

    @extend_schema(
        operation_id="connectors_change",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=WantedIn,
        responses=ConnectorOut,
    )
    def put(self, request: Request, connector_id: UUID) -> Response:
        """Change what is asked, where or how often."""
        given = _given(WantedIn, request)
        found = change_connector(
            connector_id=_seen(request, connector_id).pk,
            expected_version=expected_version(request),
            wanted=_wanted(given, secrets=given.get("secrets")),
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(request, found.pk)


class ConnectorSwitch(APIView):
    """A connector on or off."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="connectors_switch",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=ConnectorSwitchIn,
        responses=ConnectorOut,
    )
    def post(self, request: Request, connector_id: UUID) -> Response:
        """Switch a connector off, or on again; what it measured stays expected."""
        given = _given(ConnectorSwitchIn, request)
        found = switch_connector(
            connector_id=_seen(request, connector_id).pk,
            expected_version=expected_version(request),
            active=given["active"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(request, found.pk)


class ConnectorPoll(APIView):
    """A connector asked at once."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="connectors_poll", tags=TAGS, request=None, responses={202: ConnectorOut}
    )
    def post(self, request: Request, connector_id: UUID) -> Response:
        """Let a connector be asked by the next sweep, whatever its schedule."""
        found = request_poll(
            connector_id=_seen(request, connector_id).pk, actor=actor_of(request), at=clock.now()
        )
        return _answer(request, found.pk, status.HTTP_202_ACCEPTED)


class ConnectorTrial(APIView):
    """A connector tried."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="connectors_try", tags=TAGS, request=None, responses=TriedOut)
    def post(self, request: Request, connector_id: UUID) -> Response:
        """Ask now and tell what would come of it; nothing is kept."""
        at, found = clock.now(), _seen(request, connector_id)
        require_system_permit(act=ACT, system=found.system, actor=actor_of(request), at=at)
        fetched, receipt, failure = try_connector(connector=found, at=at)
        refused = [
            {"row": one.row, "field": one.field, "reason": one.reason}
            for one in fetched.rejected[:TOLD]
        ]
        return Response(
            {
                "dry_run": True,
                "failure": failure,
                "fetched": fetched.count,
                "accepted": receipt.accepted if receipt else 0,
                "repeated": receipt.repeated if receipt else 0,
                "rows": [fetched.raw[number] for number in sorted(fetched.raw)[:TOLD]],
                "refused": refused,
            }
        )


class ConnectorRuns(APIView):
    """The polls of a connector."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="connectors_runs", tags=TAGS, responses=ConnectorRunOut(many=True))
    def get(self, request: Request, connector_id: UUID) -> Response:
        """Return a page of polls, newest first; they are kept for a month."""
        pages = RunPages()
        page = pages.paginate_queryset(runs_of(_seen(request, connector_id).pk), request, self)
        return pages.get_paginated_response(ConnectorRunOut(page or [], many=True).data)


def _seen(request: Request, connector_id: UUID) -> Connector:
    return connector_of(connector_id, visible_systems(request, clock.now()))


def _given(shape: Any, request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    said: dict[str, Any] = given.validated_data
    return said


def _wanted(given: dict[str, Any], *, secrets: list[str] | None) -> Wanted:
    return Wanted(
        name=given["name"],
        url=given["url"],
        every_seconds=given["every_seconds"],
        lines=[dict(line) for line in given["lines"]],
        sign_in=given["sign_in"],
        secrets=secrets,
    )


def _answer(request: Request, connector_id: UUID, code: int = status.HTTP_200_OK) -> Response:
    found = _seen(request, connector_id)
    shown = ConnectorOut(found, context={"at": clock.now()})
    return Response(shown.data, status=code, headers={"ETag": etag(found.version)})
