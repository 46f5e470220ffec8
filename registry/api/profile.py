"""A system's profile: who and what for, statements in versions, data, dependencies, knowledge."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
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
    etag,
    expected_version,
    visible_system,
)
from registry.access.pages import asked
from registry.api.profile_shapes import (
    AgentActionIn,
    BehaviourIn,
    BehaviourOut,
    ControlsIn,
    ControlsOut,
    OutsideOut,
    ProfileOut,
    ReasonGiven,
    ScopeIn,
    ScopeOut,
    given_of,
)
from registry.api.systems import IF_MATCH
from registry.models import System
from registry.models.statements import Statement
from registry.rules.agent_scope import outside
from registry.selectors.completeness import missing_for
from registry.selectors.profile import (
    KINDS,
    agent_scope,
    controls_in_force,
    knowledge_of,
    newest_version,
    policy_in_force,
    reviewers_of,
    scope_in_force,
    sources_of,
    statement_of,
    versions_of_statement,
)
from registry.services.statements import (
    approve_statement,
    draft_behaviour,
    draft_controls,
    draft_scope,
    withdraw_statement,
)

MOST = 200
TAGS = ["registry"]


class Profile(APIView):
    """Who and what a system is for."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="profile_read", tags=TAGS, parameters=[AS_OF], responses=ProfileOut)
    def get(self, request: Request, slug: str) -> Response:
        """Return what is in force and what is missing; now or at an instant."""
        found, moment = asked(request, slug)
        with moment.reading():
            then = System.objects.select_related("owner", "deputy", "unit").get(pk=found.pk)
            told = {
                "as_of": moment.as_of,
                "system": then,
                "reviewers": reviewers_of(system_id=then.pk),
                "missing": missing_for(then, moment.at),
                "controls": controls_in_force(then.pk),
                "scope": scope_in_force(then.pk),
                "behaviour": policy_in_force(then.pk),
                "data_sources": sources_of(system_id=then.pk),
                "knowledge_owners": knowledge_of(system_id=then.pk),
            }
            return Response(ProfileOut(told).data, headers={"ETag": etag(then.version)})


class _Statements(APIView):
    """The versions of one kind of statement; a concrete class names it."""

    kind: ClassVar[str]
    takes: ClassVar[Any]
    gives: ClassVar[Any]
    draft: ClassVar[Callable[..., Statement]]

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; writing takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    def _versions(self, request: Request, slug: str) -> Response:
        found, moment = asked(request, slug)
        with moment.reading():
            rows = list(versions_of_statement(kind=self.kind, system_id=found.pk)[:MOST])
            newest = rows[0].version if rows else 0
            return Response(self.gives(rows, many=True).data, headers={"ETag": etag(newest)})

    def _draft(self, request: Request, slug: str) -> Response:
        given, at = given_of(request.data, self.takes), clock.now()
        row = type(self).draft(
            system_id=visible_system(request, slug, at).pk,
            given=given.given(),
            newest=expected_version(request),
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=at,
        )
        return _answer(self.kind, row, status.HTTP_201_CREATED)


class ControlsList(_Statements):
    """Operating controls (REG-5)."""

    kind, takes, gives = "controls", ControlsIn, ControlsOut
    draft = staticmethod(draft_controls)

    @extend_schema(
        operation_id="controls_list",
        tags=TAGS,
        parameters=[AS_OF],
        responses=ControlsOut(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return every version, newest first; the ETag is the newest version's number."""
        return self._versions(request, slug)

    @extend_schema(
        operation_id="controls_draft",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=ControlsIn,
        responses={201: ControlsOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Write the next version as a draft; If-Match is the ETag of the list, "0" for none."""
        return self._draft(request, slug)


class ScopeList(_Statements):
    """The declared scope of an agent (REG-6)."""

    kind, takes, gives = "scope", ScopeIn, ScopeOut
    draft = staticmethod(draft_scope)

    @extend_schema(
        operation_id="scope_list", tags=TAGS, parameters=[AS_OF], responses=ScopeOut(many=True)
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return every version, newest first; the ETag is the newest version's number."""
        return self._versions(request, slug)

    @extend_schema(
        operation_id="scope_draft",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=ScopeIn,
        responses={201: ScopeOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Write the next version as a draft; If-Match is the ETag of the list, "0" for none."""
        return self._draft(request, slug)


class BehaviourList(_Statements):
    """The behaviour policy of an assistant (REG-11)."""

    kind, takes, gives = "behaviour", BehaviourIn, BehaviourOut
    draft = staticmethod(draft_behaviour)

    @extend_schema(
        operation_id="behaviour_list",
        tags=TAGS,
        parameters=[AS_OF],
        responses=BehaviourOut(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return every version, newest first; the ETag is the newest version's number."""
        return self._versions(request, slug)

    @extend_schema(
        operation_id="behaviour_draft",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=BehaviourIn,
        responses={201: BehaviourOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Write the next version as a draft; If-Match is the ETag of the list, "0" for none."""
        return self._draft(request, slug)


class _Decision(APIView):
    """What is done with a draft; a concrete class names the kind and the service."""

    permission_classes = [IsPerson]
    kind: ClassVar[str]
    service: ClassVar[Callable[..., Statement]]

    def _decide(self, request: Request, slug: str, version: int) -> Response:
        given, at = given_of(request.data, ReasonGiven), clock.now()
        row = type(self).service(
            kind=self.kind,
            system_id=visible_system(request, slug, at).pk,
            version=version,
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=at,
        )
        return _answer(self.kind, row, status.HTTP_200_OK)


SHAPES: dict[str, Any] = {"controls": ControlsOut, "scope": ScopeOut, "behaviour": BehaviourOut}
DECISIONS: dict[str, Callable[..., Statement]] = {
    "approve": approve_statement,
    "withdraw": withdraw_statement,
}
DONE = {
    "approve": "Put a draft into force; never by its author.",
    "withdraw": "Withdraw a draft.",
}


def _decision(kind: str, act: str) -> type[APIView]:
    """Return the endpoint that approves or withdraws one kind of statement."""

    class Decision(_Decision):
        __doc__ = DONE[act]
        service = staticmethod(DECISIONS[act])

        @extend_schema(
            operation_id=f"{kind}_{act}",
            tags=TAGS,
            request=ReasonGiven,
            responses=SHAPES[kind],
            description=DONE[act],
        )
        def post(self, request: Request, slug: str, version: int) -> Response:
            """Decide on the draft."""
            return self._decide(request, slug, version)

    Decision.kind = kind
    Decision.__name__ = Decision.__qualname__ = f"{kind.capitalize()}{act.capitalize()}"
    return Decision


class ScopeCheck(APIView):
    """Whether an action lies inside the declared scope."""

    permission_classes = [HasScope("state:read")]

    @extend_schema(
        operation_id="scope_check", tags=TAGS, request=AgentActionIn, responses=OutsideOut
    )
    def post(self, request: Request, slug: str) -> Response:
        """Return every boundary of the scope in force that an action violates; nothing is kept."""
        given, at = given_of(request.data, AgentActionIn), clock.now()
        system = visible_system(request, slug, at)
        held = scope_in_force(system.pk)
        told = {
            "scope_version": held.version if held is not None else None,
            "outside": outside(agent_scope(system.pk), given.action()),
        }
        return Response(OutsideOut(told).data)


def _answer(kind: str, row: Statement, code: int) -> Response:
    found = statement_of(kind=kind, system_id=row.system_id, version=row.version)
    newest = newest_version(KINDS[kind], row.system_id)
    number = newest.version if newest is not None else 0
    return Response(SHAPES[kind](found).data, status=code, headers={"ETag": etag(number)})


def _paths(kind: str) -> list[URLPattern]:
    return [
        path(
            f"systems/<slug:slug>/{kind}/<int:version>/{act}",
            _decision(kind, act).as_view(),
            name=f"api-{kind}-{act}",
        )
        for act in DECISIONS
    ]


urlpatterns = [
    path("systems/<slug:slug>/profile", Profile.as_view(), name="api-profile"),
    path("systems/<slug:slug>/controls", ControlsList.as_view(), name="api-controls"),
    path("systems/<slug:slug>/scope", ScopeList.as_view(), name="api-scope"),
    path("systems/<slug:slug>/scope/check", ScopeCheck.as_view(), name="api-scope-check"),
    path("systems/<slug:slug>/behaviour", BehaviourList.as_view(), name="api-behaviour"),
    *(one for kind in KINDS for one in _paths(kind)),
]
