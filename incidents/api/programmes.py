"""Remediation programmes: stated, carried out in batches, reconciled by two signatures."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.api.incidents import IF_MATCH
from incidents.models import ProgrammeBatch, RemediationProgramme
from incidents.rules.fields import Field
from incidents.rules.programmes import BATCH_FIELDS, PROGRAMME_FIELDS
from incidents.selectors.programmes import programme_action, programme_of
from incidents.selectors.visibility import incidents_of, incidents_visible_to
from incidents.services.programmes import REST, plan_programme, record_batch
from incidents.services.reconciling import reconcile
from ledger.rules.refusals import Invalid, Missing
from outbox import clock
from registry.access import (
    HasScope,
    IsPerson,
    actor_of,
    etag,
    expected_version,
    signed_in,
    visible_systems,
)
from registry.ceremony import reauthenticate, take_proof
from registry.models import ServiceToken

TYPES = {"integer": {"type": "integer"}, "instant": {"type": "string", "format": "date-time"}}


def _shape(fields: Iterable[Field]) -> dict[str, Any]:
    """Describe a body by the fields that it is read by."""
    given = list(fields)
    return {
        "application/json": {
            "type": "object",
            "properties": {
                one.name: {"description": str(one.label)} | TYPES.get(one.kind, {"type": "string"})
                for one in given
            },
            "required": [one.name for one in given if one.required],
            "additionalProperties": False,
        }
    }


PROOF = (
    Field("password", "Password", required=False),
    Field("code", "Code of the authenticator app", required=False),
    Field("assertion", "Answer of a passkey", required=False),
)
SIDE = Field("side", "finance or compliance")
STATED = _shape((*PROGRAMME_FIELDS, REST))
COUNTED = _shape(BATCH_FIELDS)
SIGNED = _shape((SIDE, REST, *PROOF))


class BatchOut(serializers.ModelSerializer[ProgrammeBatch]):
    """One batch: each figure counts people that no earlier batch counted."""

    recorded_by = serializers.CharField(source="recorded_by.name")

    class Meta:
        model = ProgrammeBatch
        exclude = ["programme"]


class ProgrammeStatementOut(serializers.ModelSerializer[RemediationProgramme]):
    """What a programme states. The list of people stays in its source; here is its hash."""

    planned_by = serializers.CharField(source="planned_by.name")
    batches = BatchOut(many=True)

    class Meta:
        model = RemediationProgramme
        exclude = ["id"]


class SignedOut(serializers.Serializer[Any]):
    """One side's signature under the figures."""

    side = serializers.CharField()
    signed_by = serializers.CharField(source="signed_by.name")
    signed_at = serializers.DateTimeField()
    entry_number = serializers.IntegerField()


class FiguresOut(serializers.Serializer[Any]):
    """The figures over all batches."""

    population = serializers.IntegerField()
    sent = serializers.IntegerField()
    answered = serializers.IntegerField()
    contacted = serializers.IntegerField()
    settled = serializers.IntegerField()
    unreachable = serializers.IntegerField()
    refused = serializers.IntegerField()
    paid = serializers.DecimalField(max_digits=16, decimal_places=2)


class ProgrammeOut(serializers.Serializer[Any]):
    """A programme with its figures; `lacks` says what it still lacks, '' once it is done."""

    programme = ProgrammeStatementOut()
    figures = FiguresOut()
    lacks = serializers.CharField()
    sha256 = serializers.CharField()
    signed = SignedOut(many=True)
    waits_for = serializers.ListField(child=serializers.CharField())


class Programme(APIView):
    """The remediation programme of an action."""

    def get_permissions(self) -> list[Any]:
        """Reading is for tokens too, stating is for people."""
        return [HasScope("read")()] if self.request.method == "GET" else [IsPerson()]

    @extend_schema(operation_id="programmes_read", tags=["programmes"], responses=ProgrammeOut)
    def get(self, request: Request, action_id: UUID) -> Response:
        """Return the programme with its figures and its ETag."""
        return _answer(request, action_id)

    @extend_schema(
        operation_id="programmes_state",
        tags=["programmes"],
        parameters=[IF_MATCH],
        request=STATED,
        responses=ProgrammeOut,
    )
    def put(self, request: Request, action_id: UUID) -> Response:
        """State the programme, or state it anew; If-Match is needed once there is one."""
        known = "If-Match" in request.headers
        plan_programme(
            action_id=_seen(request, action_id),
            values=_body(request),
            expected_version=expected_version(request) if known else None,
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(request, action_id)


class ProgrammeBatches(APIView):
    """The batches of a programme."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="programmes_batch",
        tags=["programmes"],
        request=COUNTED,
        responses={201: BatchOut},
    )
    def post(self, request: Request, action_id: UUID) -> Response:
        """Record what a batch came to."""
        batch = record_batch(
            action_id=_seen(request, action_id),
            values=_body(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(BatchOut(batch).data, status=201)


class ProgrammeSignatures(APIView):
    """The reconciliation of a programme."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="programmes_sign", tags=["programmes"], request=SIGNED, responses=ProgrammeOut
    )
    def post(self, request: Request, action_id: UUID) -> Response:
        """Sign the figures for `side` finance or compliance, with `rest` and the proof.

        The proof is `password`, `code` (of the authenticator app) or `assertion` (of a passkey).
        """
        given, seen = _body(request), _seen(request, action_id)
        proof = take_proof(given)
        reconcile(
            action_id=seen,
            side=str(given.get("side") or ""),
            rest=str(given.get("rest") or ""),
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(request, action_id)


def _answer(request: Request, action_id: UUID) -> Response:
    read = programme_of(programme_action(action_id=action_id, visible=_visible(request)))
    if read is None:
        raise Missing("programme_missing", "No programme is stated for this action yet.")
    return Response(ProgrammeOut(read).data, headers={"ETag": etag(read.programme.version)})


def _seen(request: Request, action_id: UUID) -> UUID:
    """Return the action's id, if the caller may see its incident. Raises Missing."""
    return programme_action(action_id=action_id, visible=_visible(request)).pk


def _visible(request: Request) -> Any:
    at = clock.now()
    if isinstance(request.auth, ServiceToken):
        return incidents_of(visible_systems(request, at))
    return incidents_visible_to(user=signed_in(request), at=at)


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise Invalid("not_an_object", "The body is a JSON object.")
    return dict(request.data)
