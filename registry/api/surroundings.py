"""What a system rests on: other systems, data sources, people who answer for its knowledge."""

from typing import Any
from uuid import UUID

from django.urls import path
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
    visible_system,
    visible_systems,
)
from registry.access.pages import asked
from registry.api.profile_shapes import (
    DataSourceChangeIn,
    DataSourceIn,
    DataSourceOut,
    DependenciesOut,
    DependencyIn,
    DependencyOut,
    KnowledgeIn,
    KnowledgeOut,
    ReasonGiven,
    given_of,
)
from registry.selectors.dependencies import blast_radius, dependencies_of
from registry.selectors.profile import knowledge_of, sources_of
from registry.services.surroundings import (
    add_data_source,
    add_dependency,
    assign_knowledge,
    change_data_source,
    end_data_source,
    end_dependency,
    end_knowledge,
)

TAGS = ["registry"]


class _OfSystem(APIView):
    """Reading takes the scope; writing takes a person."""

    def get_permissions(self) -> list[Any]:
        """Return what the method takes."""
        return [HasScope("read")() if self.request.method == "GET" else IsPerson()]


class _Ending(APIView):
    """Ends a row with a reason; a concrete class names the service and its key."""

    permission_classes = [IsPerson]

    def end(self, request: Request, slug: str, service: Any, **key: UUID) -> Response:
        """End the row; nothing is left to show."""
        given, at = given_of(request.data, ReasonGiven), clock.now()
        system = visible_system(request, slug, at)
        service(
            system_id=system.pk,
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=at,
            **key,
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class DependencyList(_OfSystem):
    """What a system needs, and the blast radius."""

    @extend_schema(
        operation_id="dependencies_read",
        tags=TAGS,
        parameters=[AS_OF],
        responses=DependenciesOut,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return what it needs directly, and what is hurt up and down when something fails."""
        found, moment = asked(request, slug)
        visible = moment.kept(visible_systems(request, moment.now))
        with moment.reading():
            radius = blast_radius(system_id=found.pk, visible=visible)
            told = {
                "direct": dependencies_of(system_id=found.pk, visible=visible),
                "hurt": radius.hurt,
                "needed": radius.needed,
            }
            return Response(DependenciesOut(told).data)

    @extend_schema(
        operation_id="dependencies_add",
        tags=TAGS,
        request=DependencyIn,
        responses={201: DependencyOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Say that the system needs another one, which the caller may see."""
        given, at = given_of(request.data, DependencyIn).validated_data, clock.now()
        system = visible_system(request, slug, at)
        row = add_dependency(
            system_id=system.pk,
            on_system_id=visible_system(request, given["on_system"], at).pk,
            kind=given["kind"],
            note=given["note"],
            actor=actor_of(request),
            at=at,
        )
        return Response(DependencyOut(row).data, status=status.HTTP_201_CREATED)


class DependencyEnd(_Ending):
    """A dependency that ends."""

    @extend_schema(
        operation_id="dependencies_end", tags=TAGS, request=ReasonGiven, responses={204: None}
    )
    def post(self, request: Request, slug: str, row_id: UUID) -> Response:
        """Say that the system no longer needs the other one."""
        return self.end(request, slug, end_dependency, dependency_id=row_id)


class SourceList(_OfSystem):
    """The data sources of a system."""

    @extend_schema(
        operation_id="data_sources_list",
        tags=TAGS,
        parameters=[AS_OF],
        responses=DataSourceOut(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the sources, by name."""
        found, moment = asked(request, slug)
        with moment.reading():
            return Response(DataSourceOut(sources_of(system_id=found.pk), many=True).data)

    @extend_schema(
        operation_id="data_sources_add",
        tags=TAGS,
        request=DataSourceIn,
        responses={201: DataSourceOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Write down a source."""
        given, at = given_of(request.data, DataSourceIn), clock.now()
        system = visible_system(request, slug, at)
        row = add_data_source(
            system_id=system.pk, given=given.given(), actor=actor_of(request), at=at
        )
        return Response(DataSourceOut(row).data, status=status.HTTP_201_CREATED)


class SourceDetail(_OfSystem):
    """One data source."""

    @extend_schema(
        operation_id="data_sources_change",
        tags=TAGS,
        request=DataSourceChangeIn,
        responses=DataSourceOut,
    )
    def put(self, request: Request, slug: str, row_id: UUID) -> Response:
        """Say everything of a source anew."""
        given, at = given_of(request.data, DataSourceChangeIn), clock.now()
        row = change_data_source(
            source_id=row_id,
            system_id=visible_system(request, slug, at).pk,
            given=given.given(),
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=at,
        )
        return Response(DataSourceOut(row).data)


class SourceEnd(_Ending):
    """A data source that is used no more."""

    @extend_schema(
        operation_id="data_sources_end", tags=TAGS, request=ReasonGiven, responses={204: None}
    )
    def post(self, request: Request, slug: str, row_id: UUID) -> Response:
        """Say that the source is used no more."""
        return self.end(request, slug, end_data_source, source_id=row_id)


class KnowledgeList(_OfSystem):
    """Who answers for what an assistant knows."""

    @extend_schema(
        operation_id="knowledge_list",
        tags=TAGS,
        parameters=[AS_OF],
        responses=KnowledgeOut(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the domains with their people."""
        found, moment = asked(request, slug)
        with moment.reading():
            return Response(KnowledgeOut(knowledge_of(system_id=found.pk), many=True).data)

    @extend_schema(
        operation_id="knowledge_assign",
        tags=TAGS,
        request=KnowledgeIn,
        responses={201: KnowledgeOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Name who answers for a domain."""
        given, at = given_of(request.data, KnowledgeIn).validated_data, clock.now()
        row = assign_knowledge(
            system_id=visible_system(request, slug, at).pk,
            domain=given["domain"],
            person_id=given["person"],
            review_on=given["review_on"],
            actor=actor_of(request),
            at=at,
        )
        return Response(KnowledgeOut(row).data, status=status.HTTP_201_CREATED)


class KnowledgeEnd(_Ending):
    """A domain that nobody answers for any more."""

    @extend_schema(
        operation_id="knowledge_end", tags=TAGS, request=ReasonGiven, responses={204: None}
    )
    def post(self, request: Request, slug: str, row_id: UUID) -> Response:
        """Say that the system no longer knows of the domain."""
        return self.end(request, slug, end_knowledge, owner_id=row_id)


urlpatterns = [
    path("systems/<slug:slug>/dependencies", DependencyList.as_view(), name="api-dependencies"),
    path(
        "systems/<slug:slug>/dependencies/<uuid:row_id>/end",
        DependencyEnd.as_view(),
        name="api-dependency-end",
    ),
    path("systems/<slug:slug>/data-sources", SourceList.as_view(), name="api-data-sources"),
    path(
        "systems/<slug:slug>/data-sources/<uuid:row_id>",
        SourceDetail.as_view(),
        name="api-data-source",
    ),
    path(
        "systems/<slug:slug>/data-sources/<uuid:row_id>/end",
        SourceEnd.as_view(),
        name="api-data-source-end",
    ),
    path("systems/<slug:slug>/knowledge-owners", KnowledgeList.as_view(), name="api-knowledge"),
    path(
        "systems/<slug:slug>/knowledge-owners/<uuid:row_id>/end",
        KnowledgeEnd.as_view(),
        name="api-knowledge-end",
    ),
]
