"""Versions: list, register, approve, revoke; which one is made live, and what ran when."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import (
    AS_OF,
    HasScope,
    IsPerson,
    actor_of,
    expected_version,
    instant_of,
    signed_in,
    visible_system,
)
from registry.api.past import PastList, PastPages
from registry.api.shapes import DeploymentIn, SystemOut
from registry.api.systems import IF_MATCH, answer
from registry.api.version_shapes import (
    ApprovalIn,
    MarketIn,
    RanOut,
    VersionFull,
    VersionIn,
    VersionRevocationIn,
    identity_of,
)
from registry.models import System, SystemVersion
from registry.selectors.systems import no_such_system, versions_of
from registry.selectors.versions import environments_of, gaps_of, ran_at, version_named
from registry.services.deployments import deploy
from registry.services.versions import (
    Change,
    approve_version,
    place_on_market,
    register_version,
    revoke_version,
)

MOST_GAPS = 100


class VersionPages(PastPages):
    """Keyset pages, newest first."""

    ordering = ("-created_at", "-id")


@extend_schema_view(
    get=extend_schema(operation_id="versions_list", tags=["registry"], parameters=[AS_OF])
)
class VersionList(PastList[SystemVersion]):
    """The versions of a system; register another one."""

    queryset = SystemVersion.objects.none()
    serializer_class = VersionFull
    pagination_class = VersionPages

    def get_permissions(self) -> list[Any]:
        """Reading takes its scope, registering another."""
        return [HasScope("versions:write" if self.request.method == "POST" else "read")()]

    def get_queryset(self) -> QuerySet[SystemVersion]:
        """Return the versions of one system that the caller may see."""
        slug = self.kwargs["slug"]
        system = self.systems.filter(slug=slug).first()
        if system is None:
            raise no_such_system(slug)
        return versions_of(system_id=system.pk)

    @extend_schema(
        operation_id="versions_register",
        tags=["registry"],
        request=VersionIn,
        responses={201: VersionFull},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Register a draft by digest or hosted model; its author is who sends it."""
        given = VersionIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        at = clock.now()
        version = register_version(
            system_id=visible_system(request, slug, at).pk,
            identity=identity_of(values),
            change=_change(values),
            **values,
            author_id=signed_in(request).pk,
            actor=actor_of(request),
            at=at,
        )
        return Response(VersionFull(version).data, status=status.HTTP_201_CREATED)


class VersionDetail(APIView):
    """One version."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="versions_read", tags=["registry"], responses=VersionFull)
    def get(self, request: Request, slug: str, label: str) -> Response:
        """Return a version with its identity and its approval."""
        return Response(VersionFull(_version(request, slug, label)).data)


class VersionApproval(APIView):
    """The approval of a version."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="versions_approve",
        tags=["registry"],
        request=ApprovalIn,
        responses=VersionFull,
    )
    def post(self, request: Request, slug: str, label: str) -> Response:
        """Approve a draft that somebody else wrote, by the hash of what was looked at."""
        given = ApprovalIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        version = approve_version(
            version_id=_version(request, slug, label).pk,
            change=_change(values),
            **values,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(VersionFull(version).data)


class VersionRevocation(APIView):
    """The end of an approval."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="versions_revoke",
        tags=["registry"],
        request=VersionRevocationIn,
        responses=VersionFull,
    )
    def post(self, request: Request, slug: str, label: str) -> Response:
        """Revoke an approved version: it is made live no more."""
        given = VersionRevocationIn(data=request.data)
        given.is_valid(raise_exception=True)
        version = revoke_version(
            version_id=_version(request, slug, label).pk,
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(VersionFull(version).data)


class VersionMarket(APIView):
    """When a version was placed on the market."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="versions_place_on_market",
        tags=["registry"],
        request=MarketIn,
        responses=VersionFull,
    )
    def post(self, request: Request, slug: str, label: str) -> Response:
        """Record when a version was placed on the market or put into service."""
        given = MarketIn(data=request.data)
        given.is_valid(raise_exception=True)
        version = place_on_market(
            version_id=_version(request, slug, label).pk,
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(VersionFull(version).data)


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


class WhatRan(APIView):
    """What ran in an environment of a system at an instant."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="systems_what_ran",
        tags=["registry"],
        parameters=[
            OpenApiParameter("at", str, description="ISO 8601; without an offset in your zone."),
            OpenApiParameter("environment", str, default="production"),
        ],
        responses=RanOut,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the version, since and until when, whether it was stopped; or the gap."""
        now = clock.now()
        system = visible_system(request, slug, now)
        asked = request.query_params.get("at", "")
        instant = instant_of(asked, user=signed_in(request), now=now) or now
        environment = request.query_params.get("environment", "production").replace("\0", "")
        ran = ran_at(system_id=system.pk, environment=environment, instant=instant)
        told = {
            "system": system.slug,
            "environment": environment,
            "environments": environments_of(system_id=system.pk),
            "at": instant,
            "deployment": ran.deployment,
            "version": ran.deployment.version if ran.deployment else None,
            "suspended": ran.suspended,
            "stop_scope": ran.stop_scope,
            "gap": ran.gap,
            "gaps": gaps_of(system_id=system.pk, environment=environment, now=now)[:MOST_GAPS],
        }
        return Response(RanOut(told).data)


def _version(request: Request, slug: str, label: str) -> SystemVersion:
    system = visible_system(request, slug, clock.now())
    return version_named(system=system, label=label)


def _change(values: dict[str, Any]) -> Change:
    return Change(
        significant_design_change=values.pop("significant_design_change"),
        substantial_modification=values.pop("substantial_modification"),
    )


def _labels(system: System, values: dict[str, Any]) -> dict[str, Any]:
    """Turn the labels of a deployment into ids. Raises Missing."""
    version, fallback = values.pop("version"), values.pop("fallback")
    values["version_id"] = version_named(system=system, label=version).pk
    values["fallback_id"] = None
    if fallback is not None:
        values["fallback_id"] = version_named(system=system, label=fallback).pk
    return values
