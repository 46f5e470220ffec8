"""Lists of what belongs to systems, as they are or as they were at an instant."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from outbox import clock
from registry.access import moment_of, visible_systems
from registry.models import System

M = TypeVar("M", bound=Model)


class PastPages(CursorPagination):
    """Keyset pages that say at which instant they were read: `as_of`, null for now."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the page."""
        described: dict[str, Any] = super().get_paginated_response_schema(schema)
        described["properties"]["as_of"] = {
            "type": "string",
            "format": "date-time",
            "nullable": True,
        }
        return described


class PastList(ListAPIView[M]):
    """A list that takes `as_of`. `systems` are those that the caller may see now."""

    pagination_class: Any = PastPages
    systems: QuerySet[System]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of the instant that is asked for."""
        moment = moment_of(request, now=clock.now())
        self.systems = moment.kept(visible_systems(request, moment.now))
        with moment.reading():
            response = super().list(request, *args, **kwargs)
        response.data["as_of"] = moment.as_of
        return response
