"""Incidents: the list, one in full, the commands, the transition table."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.api.shapes import (
    CommandOut,
    IncidentOut,
    IncidentPageOut,
    QueueIn,
    TableRowOut,
)
from incidents.rules.transitions import COMMANDS, EDGES
from incidents.selectors.gates import refusal_before_signing
from incidents.selectors.pages import Filters, incident_page
from incidents.selectors.reading import read_incident
from incidents.selectors.visibility import (
    incident_by_number,
    incidents_of,
    incidents_visible_to,
)
from incidents.services.commands import execute
from ledger.rules.refusals import Invalid, Missing
from ledger.rules.worded import worded
from outbox import clock
from registry.access import (
    AS_OF,
    HasScope,
    IsPerson,
    actor_of,
    etag,
    expected_version,
    moment_of,
    signed_in,
    visible_systems,
)
from registry.ceremony import reauthenticate, take_proof
from registry.models import ServiceToken
from registry.services.signatures import Ceremony

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the incident as you saw it.",
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Your own key; the same request under it returns the first result again.",
)
PERSONAL = tuple(name for name, command in COMMANDS.items() if not command.by_engine_only)


class IncidentList(APIView):
    """The incidents that the caller may see."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="incidents_list",
        tags=["incidents"],
        parameters=[QueueIn, AS_OF],
        responses=IncidentPageOut,
    )
    def get(self, request: Request) -> Response:
        """Return one page, newest first or by the next deadline."""
        given = QueueIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked, moment = given.validated_data, moment_of(request, now=clock.now())
        visible = moment.kept(_visible(request))
        with moment.reading():
            page = incident_page(
                visible=visible,
                filters=_filters(asked),
                at=moment.at,
                after=asked["cursor"],
                limit=asked["limit"],
            )
            told = {"as_of": moment.as_of, "next": page.after or None, "results": page.rows}
            return Response(IncidentPageOut(told).data)


class IncidentDetail(APIView):
    """One incident in full."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="incidents_read", tags=["incidents"], parameters=[AS_OF], responses=IncidentOut
    )
    def get(self, request: Request, number: str) -> Response:
        """Return the incident with its ETag; of a past instant without who may act."""
        moment = moment_of(request, now=clock.now())
        visible = _visible(request)
        found = incident_by_number(number=number, visible=visible)
        moment.require(began=found.opened_at, what=f"{number} was opened")
        visible = moment.kept(visible.filter(pk=found.pk))
        with moment.reading():
            incident: Any = incident_by_number(number=number, visible=visible)
            incident.as_of = moment.as_of
            incident.read = read_incident(
                incident=incident,
                user=signed_in(request),
                at=moment.at,
                may_act=moment.as_of is None,
            )
            return Response(IncidentOut(incident).data, headers={"ETag": etag(incident.version)})


class IncidentCommand(APIView):
    """The commands of an incident: `GET /api/v1/incident-commands` lists their fields."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="incidents_command",
        tags=["incidents"],
        parameters=[
            IF_MATCH,
            KEY,
            OpenApiParameter("command", str, OpenApiParameter.PATH, enum=list(PERSONAL)),
        ],
        request={"application/json": {"type": "object", "additionalProperties": True}},
        responses=CommandOut,
    )
    def post(self, request: Request, number: str, command: str) -> Response:
        """Give a command: its fields, `on_behalf_of` a principal, and the proof where it is signed.

        The proof is `password`, `code` (of the authenticator app) or `assertion` (of a passkey).
        """
        if command not in PERSONAL:
            raise Missing(
                "unknown_command",
                worded("Nobody gives a command {command!r} by hand.", command=command),
            )
        payload = _body(request)
        version = expected_version(request)
        incident = incident_by_number(number=number, visible=_visible(request))
        principal = _principal(payload.pop("on_behalf_of", None))
        ceremony = _ceremony(request, command, incident, take_proof(payload))
        result = execute(
            command=command,
            incident_id=incident.pk,
            actor=actor_of(request),
            at=clock.now(),
            expected_version=version,
            idempotency_key=_key(request),
            on_behalf_of=principal,
            payload=payload,
            signature=ceremony,
        )
        return Response(CommandOut(result).data, headers={"ETag": etag(result.incident.version)})


class TransitionTable(APIView):
    """The transition table that the commands follow."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="incident_commands", tags=["incidents"], responses=TableRowOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return every command: who may, what it asks for, where it leads."""
        rows = [
            {
                "command": command.name,
                "words": command.words,
                "who": list(command.who),
                "signature": command.meaning,
                "fields_asked": command.fields,
                "edges": [edge for edge in EDGES if edge.command == command.name],
            }
            for command in COMMANDS.values()
        ]
        return Response(TableRowOut(rows, many=True).data)


def _visible(request: Request) -> Any:
    at = clock.now()
    if isinstance(request.auth, ServiceToken):
        return incidents_of(visible_systems(request, at))
    return incidents_visible_to(user=signed_in(request), at=at)


def _filters(asked: dict[str, Any]) -> Filters:
    return Filters(
        states=sorted(asked["state"]),
        severities=sorted(asked["severity"]),
        kinds=sorted(asked["kind"]),
        system=asked["system"],
        unit_id=asked["unit"],
        owner_id=asked["owner"],
        open_only=asked["open"],
        overdue=asked["overdue"],
        words=asked["q"],
        order=asked["order"],
    )


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise Invalid("not_an_object", "The body is a JSON object of the command's fields.")
    return dict(request.data)


def _principal(sent: Any) -> UUID | None:
    try:
        return UUID(str(sent)) if sent else None
    except ValueError as error:
        raise Invalid(
            "bad_principal",
            "The person for whom you act is named by their id.",
            fields={"on_behalf_of": "This is no identifier."},
        ) from error


def _ceremony(
    request: Request, command: str, incident: Any, proof: dict[str, str]
) -> Ceremony | None:
    """Prove who signs, after telling somebody who may not, so that nobody signs in vain."""
    if not COMMANDS[command].meaning:
        return None
    refusal = refusal_before_signing(
        command=command, incident=incident, user=signed_in(request), at=clock.now()
    )
    if refusal is not None:
        raise refusal
    return reauthenticate(request, **proof)


def _key(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > 120:
        raise Invalid("key_too_long", "An Idempotency-Key has at most 120 characters.")
    return key or None
