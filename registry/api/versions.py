"""Versions: register, approve; and which one is made live."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import (
    HasScope,
    IsPerson,
    actor_of,
    expected_version,
    signed_in,
    visible_system,
)
from registry.api.shapes import ApprovalIn, DeploymentIn, SystemOut, VersionIn, VersionOut
from registry.api.systems import IF_MATCH, answer
from registry.models import System
from registry.selectors.systems import version_by_label
from registry.services.deployments import deploy
from registry.services.versions import approve_version, register_version


class VersionList(APIView):
    """The versions of a system."""

    permission_classes = [HasScope("versions:write")]

    @extend_schema(
        operation_id="versions_register",
        tags=["registry"],
        request=VersionIn,
        responses={201: VersionOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Register a draft; its author is who sends it."""
        given = VersionIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        version = register_version(
            system_id=visible_system(request, slug, at).pk,
            **given.validated_data,
            author_id=signed_in(request).pk,
            actor=actor_of(request),
            at=at,
        )
        return Response(VersionOut(version).data, status=status.HTTP_201_CREATED)


class VersionApproval(APIView):
    """The approval of a version."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="versions_approve",
        tags=["registry"],
        request=ApprovalIn,
        responses=VersionOut,
    )
    def post(self, request: Request, slug: str, label: str) -> Response:
        """Approve a draft that somebody else wrote."""
        given = ApprovalIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system = visible_system(request, slug, at)
        version = approve_version(
            version_id=version_by_label(system_id=system.pk, label=label).pk,
            **given.validated_data,
            actor=actor_of(request),
            at=at,
        )
        return Response(VersionOut(version).data)


class DeploymentList(APIView):
    """The deployments of a system."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="deployments_make_live",
        tags=["registry"],
        parameters=[IF_MATCH],
        request=DeploymentIn,
        responses=SystemOut,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Make a version live, with the one to fall back to."""
        given = DeploymentIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system = visible_system(request, slug, at)
        deploy(
            system_id=system.pk,
            expected_version=expected_version(request),
            **_labels(system, dict(given.validated_data)),
            actor=actor_of(request),
            at=at,
        )
        return answer(system.pk)


def _labels(system: System, values: dict[str, Any]) -> dict[str, Any]:
    """Turn the labels of a deployment into ids. Raises Missing."""
    version, fallback = values.pop("version"), values.pop("fallback")
    values["version_id"] = version_by_label(system_id=system.pk, label=version).pk
    values["fallback_id"] = None
    if fallback is not None:
        values["fallback_id"] = version_by_label(system_id=system.pk, label=fallback).pk
    return values
