"""Own frameworks over HTTP: bring, look at, put into force, end."""

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.access.json_body import JSONParser
from reports.api.own_framework_shapes import (
    OwnFrameworkApprovalIn,
    OwnFrameworkIn,
    OwnFrameworkLineOut,
    OwnFrameworkOut,
    OwnFrameworkPreviewOut,
    OwnFrameworkTextIn,
)
from reports.api.statement_shapes import StatedReasonIn
from reports.render.own_frameworks import yaml_answer
from reports.rules.plain_yaml import LONGEST, NotRead, decode
from reports.selectors.own_frameworks import (
    own_framework_seen,
    own_frameworks,
    preview_of,
    shown_of,
    understood,
)
from reports.selectors.statements import reads_controls
from reports.services.own_frameworks import (
    approve_framework,
    bring_framework,
    refuse_framework,
    withdraw_framework,
)

TAGS = ["controls"]
MOST = 500


class OwnFrameworkDoor(APIView):
    """Abstract: people alone, who read controls; JSON with the text, or a form with the file."""

    permission_classes = [IsPerson]
    parser_classes = [MultiPartParser, FormParser, JSONParser]


class OwnFrameworks(OwnFrameworkDoor):
    """Versions of frameworks of the organisation's own."""

    @extend_schema(
        operation_id="own_frameworks_list", tags=TAGS, responses=OwnFrameworkLineOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return every version, the newest of a framework first; at most 500."""
        reads_controls(user=signed_in(request), at=clock.now())
        return Response(OwnFrameworkLineOut(own_frameworks()[:MOST], many=True).data)

    @extend_schema(
        operation_id="own_frameworks_bring",
        tags=TAGS,
        request=OwnFrameworkIn,
        responses={201: OwnFrameworkOut},
    )
    def post(self, request: Request) -> Response:
        """Keep a YAML as the next version of its framework; every fault comes with its line."""
        values = _given(request, OwnFrameworkIn)
        row = bring_framework(
            text=_text(values), reason=values["reason"], actor=actor_of(request), at=clock.now()
        )
        return _version(request, row.pk, status.HTTP_201_CREATED)


class OwnFrameworkPreview(OwnFrameworkDoor):
    """What would be understood of a YAML."""

    @extend_schema(
        operation_id="own_frameworks_preview",
        tags=TAGS,
        request=OwnFrameworkTextIn,
        responses=OwnFrameworkPreviewOut,
    )
    def post(self, request: Request) -> Response:
        """Return what is understood and every fault with its line; nothing is kept."""
        reads_controls(user=signed_in(request), at=clock.now())
        found = understood(_text(_given(request, OwnFrameworkTextIn)))
        preview = preview_of(found.document) if found.document else None
        body: dict[str, Any] = {
            "faults": [{"line": one.line, "words": one.words} for one in found.faults],
            "document": preview and msgspec.to_builtins(preview.document),
            "against": preview.against.version if preview and preview.against else None,
            "changes": msgspec.to_builtins(preview.changes) if preview else [],
        }
        return Response(OwnFrameworkPreviewOut(body).data)


class OwnFrameworkDetail(OwnFrameworkDoor):
    """One version."""

    @extend_schema(operation_id="own_frameworks_read", tags=TAGS, responses=OwnFrameworkOut)
    def get(self, request: Request, version_id: UUID) -> Response:
        """Return a version with what it says and what it changes."""
        return _version(request, version_id)


class OwnFrameworkText(OwnFrameworkDoor):
    """The YAML of a version."""

    @extend_schema(
        operation_id="own_frameworks_text",
        tags=TAGS,
        responses={(200, "text/plain"): OpenApiTypes.STR},
    )
    def get(self, request: Request, version_id: UUID) -> HttpResponse:
        """Send the YAML letter by letter as it was brought."""
        return yaml_answer(own_framework_seen(version_id, user=signed_in(request), at=clock.now()))


class OwnFrameworkApproval(OwnFrameworkDoor):
    """The approval of a version."""

    @extend_schema(
        operation_id="own_frameworks_approve",
        tags=TAGS,
        request=OwnFrameworkApprovalIn,
        responses=OwnFrameworkOut,
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        """Put a version into force by the hash that was read; not by who brought it."""
        values = _given(request, OwnFrameworkApprovalIn)
        approve_framework(
            version_id=version_id,
            expected_sha256=values["sha256"],
            reason=values["reason"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return _version(request, version_id)


class OwnFrameworkRefusal(OwnFrameworkDoor):
    """The refusal of a version."""

    @extend_schema(
        operation_id="own_frameworks_refuse",
        tags=TAGS,
        request=StatedReasonIn,
        responses=OwnFrameworkOut,
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        """Refuse a version that waits; not by who brought it."""
        reason = _given(request, StatedReasonIn)["reason"]
        refuse_framework(
            version_id=version_id, reason=reason, actor=actor_of(request), at=clock.now()
        )
        return _version(request, version_id)


class OwnFrameworkWithdrawal(OwnFrameworkDoor):
    """The withdrawal of a version."""

    @extend_schema(
        operation_id="own_frameworks_withdraw",
        tags=TAGS,
        request=StatedReasonIn,
        responses=OwnFrameworkOut,
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        """Withdraw a version that waits, or the one in force."""
        reason = _given(request, StatedReasonIn)["reason"]
        withdraw_framework(
            version_id=version_id, reason=reason, actor=actor_of(request), at=clock.now()
        )
        return _version(request, version_id)


def _given(request: Request, shape: Any) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _text(values: dict[str, Any]) -> str:
    """Return the text, or that of the file. Raises Invalid."""
    file = values.get("file")
    if file is None:
        return str(values["text"])
    try:
        return decode(file.read(LONGEST + 1))
    except NotRead as error:
        words = str(error.fault)
        raise Invalid("not_understood", words, fields={"file": words}) from None


def _version(request: Request, version_id: UUID, code: int = status.HTTP_200_OK) -> Response:
    row = own_framework_seen(version_id, user=signed_in(request), at=clock.now())
    preview = shown_of(row)
    body = OwnFrameworkLineOut(row).data | {
        "document": msgspec.to_builtins(preview.document),
        "against": preview.against.version if preview.against else None,
        "changes": msgspec.to_builtins(preview.changes),
    }
    return Response(body, status=code)


urlpatterns = [
    path("own-frameworks/", OwnFrameworks.as_view(), name="api-own-frameworks"),
    path("own-frameworks/preview", OwnFrameworkPreview.as_view(), name="api-own-framework-preview"),
    path(
        "own-frameworks/<uuid:version_id>",
        OwnFrameworkDetail.as_view(),
        name="api-own-framework",
    ),
    path(
        "own-frameworks/<uuid:version_id>/text",
        OwnFrameworkText.as_view(),
        name="api-own-framework-text",
    ),
    path(
        "own-frameworks/<uuid:version_id>/approve",
        OwnFrameworkApproval.as_view(),
        name="api-own-framework-approve",
    ),
    path(
        "own-frameworks/<uuid:version_id>/refuse",
        OwnFrameworkRefusal.as_view(),
        name="api-own-framework-refuse",
    ),
    path(
        "own-frameworks/<uuid:version_id>/withdraw",
        OwnFrameworkWithdrawal.as_view(),
        name="api-own-framework-withdraw",
    ),
]
