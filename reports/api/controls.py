"""Controls over HTTP: frameworks, their controls, one control, readiness on a day."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import AS_OF, HasScope, signed_in
from registry.access.instants import moment_of
from registry.access.permissions import visible_systems
from registry.models import ServiceToken
from reports.api.control_shapes import ControlOut, FrameworkStandingOut, ReadinessOut
from reports.rules.controls import STATES, ControlScope
from reports.selectors import control_pages as pages
from reports.selectors.controls import (
    control_framework,
    control_frameworks,
    controls_by_framework,
    readiness,
)

SYSTEM = OpenApiParameter("system", str, description="The short name of one system.")
STATE = OpenApiParameter("state", str, enum=list(STATES), description="Only controls of a state.")
ON = OpenApiParameter("on", str, description="The day, 2027-03-01; in 90 days without one.")
READ = [AS_OF, SYSTEM]


class ControlDoor(APIView):
    """Abstract: who reads controls, of which systems, at which instant."""

    permission_classes: list[Any] = [HasScope("read")]

    def scope(self, request: Request) -> ControlScope:
        """Return the scope that a request asks for. Raises Forbidden, Missing, Invalid."""
        now, slug = clock.now(), request.GET.get("system", "")[:80]
        if isinstance(request.auth, ServiceToken):
            systems = pages.shown_of(visible_systems(request, now), now)
            return pages.scope_of(pages.one_of(systems, slug), at=now, past=False)
        moment = moment_of(request, now=now)
        reader = pages.reader_of(user=signed_in(request), now=now, at=moment.at, slug=slug)
        return pages.scope_of(reader, at=moment.at, past=moment.as_of is not None)


class ControlFrameworks(ControlDoor):
    """How every framework stands."""

    @extend_schema(
        operation_id="controls_frameworks_list",
        tags=["controls"],
        parameters=READ,
        responses=FrameworkStandingOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return each framework with the counts of its controls by state."""
        scope = self.scope(request)
        frameworks = control_frameworks(then=scope.then)
        found = controls_by_framework(frameworks=[one.pk for one in frameworks], scope=scope)
        rows = [pages.summary(one, found[one.pk]) for one in frameworks]
        return Response(FrameworkStandingOut(rows, many=True).data)


class FrameworkControls(ControlDoor):
    """The controls of one framework."""

    @extend_schema(
        operation_id="framework_controls_list",
        tags=["controls"],
        parameters=[*READ, STATE],
        responses=ControlOut(many=True),
    )
    def get(self, request: Request, key: str) -> Response:
        """Return them in the order of the framework, each with its evidence."""
        scope = self.scope(request)
        row = control_framework(key, then=scope.then)
        found = controls_by_framework(frameworks=[row.pk], scope=scope)[row.pk]
        chosen = request.GET.get("state", "")
        shown = [one for one in found if chosen not in STATES or one.state == chosen]
        return Response(ControlOut(shown, many=True, context={"at": scope.as_of}).data)


class ControlDetail(ControlDoor):
    """One control."""

    @extend_schema(
        operation_id="framework_controls_read",
        tags=["controls"],
        parameters=READ,
        responses=ControlOut,
    )
    def get(self, request: Request, key: str, provision_id: str) -> Response:
        """Return it with its evidence, its gaps and what the crosswalk brings."""
        scope = self.scope(request)
        row = control_framework(key, then=scope.then)
        found = controls_by_framework(frameworks=[row.pk], scope=scope)[row.pk]
        one = pages.control_in(found, provision_id)
        return Response(ControlOut(one, context={"at": scope.as_of}).data)


class ControlReadiness(ControlDoor):
    """How it will stand on a day if nothing is done."""

    @extend_schema(
        operation_id="controls_readiness",
        tags=["controls"],
        parameters=[SYSTEM, ON],
        responses=ReadinessOut,
    )
    def get(self, request: Request) -> Response:
        """Return the counts, the work in its order and each control as it will be."""
        scope = self.scope(request)
        day = pages.day_of(request.GET.get("on", ""), at=scope.as_of)
        keys = [one.pk for one in control_frameworks(then=scope.then)]
        told = readiness(frameworks=keys, scope=scope, day=day)
        return Response(ReadinessOut(told, context={"at": told.at}).data)
