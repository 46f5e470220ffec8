"""Series and their readings, as a machine or another page reads them."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import HasScope, visible_systems
from telemetry.models import Series
from telemetry.selectors.readings import readings_after, series_by_id
from telemetry.selectors.small_groups import SmallGroups

SYSTEM = OpenApiParameter("system", str, description="Only the series of this system (slug).")
MOST = 1000


class LatestOut(serializers.Serializer[Any]):
    """The latest reading of a series; `good` says whether it counts.

    `withheld` says why no figure is shown: the group has fewer than ten.
    """

    window_end = serializers.DateTimeField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    good = serializers.BooleanField()
    withheld = serializers.CharField(allow_blank=True)


class SeriesOut(serializers.ModelSerializer[Series]):
    """A KPI of a system in an environment and segment."""

    system = serializers.CharField(source="system.slug")
    kpi = serializers.CharField(source="kpi_id")
    unit = serializers.CharField(source="kpi.unit")
    latest = serializers.SerializerMethodField()

    class Meta:
        model = Series
        fields = [
            "id",
            "system",
            "kpi",
            "unit",
            "environment",
            "segment",
            "window_seconds",
            "cadence_seconds",
            "latest",
        ]

    @extend_schema_field(LatestOut(allow_null=True))
    def get_latest(self, series: Series) -> dict[str, Any] | None:
        """Return the latest reading as it may be shown."""
        found = self.context["small_groups"].newest(series)
        return None if found is None else dict(LatestOut(found).data)


class ReadingOut(serializers.Serializer[Any]):
    """The newest revision of the value of a window; `withheld` as of the latest reading."""

    window_end = serializers.DateTimeField()
    revision = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    good = serializers.BooleanField()
    received_at = serializers.DateTimeField()
    withheld = serializers.CharField(allow_blank=True)


class ReadingsIn(serializers.Serializer[Any]):
    """Which readings to return: those whose window ends after an instant, oldest first."""

    after = serializers.DateTimeField(required=False, allow_null=True, default=None)
    until = serializers.DateTimeField(required=False, allow_null=True, default=None)
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=200)


class ReadingsOut(serializers.Serializer[Any]):
    """A page of readings; `next` is the `after` of the page that follows, null on the last."""

    results = ReadingOut(many=True)
    next = serializers.DateTimeField(allow_null=True)


class SeriesPages(CursorPagination):
    """Keyset pages."""

    page_size = 100
    max_page_size = 500
    page_size_query_param = "limit"
    ordering = "pk"


@extend_schema_view(
    get=extend_schema(operation_id="series_list", tags=["telemetry"], parameters=[SYSTEM])
)
class SeriesList(ListAPIView[Series]):
    """The series of the systems that the caller may see, with their latest reading."""

    queryset = Series.objects.none()
    serializer_class = SeriesOut
    pagination_class = SeriesPages
    permission_classes = [HasScope("read")]

    def get_serializer_context(self) -> dict[str, Any]:
        """Return the context, with what may be shown of small groups."""
        return super().get_serializer_context() | {"small_groups": SmallGroups()}

    def get_queryset(self) -> QuerySet[Series]:
        """Return what the caller may see."""
        systems = visible_systems(self.request, clock.now())
        if "system" in self.request.query_params:
            systems = systems.filter(slug=self.request.query_params["system"].replace("\0", ""))
        rows = Series.objects.filter(system__in=systems)
        return rows.select_related("system", "kpi", "state")


class SeriesReadings(APIView):
    """The readings of a series."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="series_readings",
        tags=["telemetry"],
        parameters=[ReadingsIn],
        responses=ReadingsOut,
    )
    def get(self, request: Request, series_id: int) -> Response:
        """Return a page of readings, oldest first."""
        given = ReadingsIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        series = series_by_id(series_id=series_id, visible=visible_systems(request, clock.now()))
        found = readings_after(series_id=series.pk, **wanted)
        following: datetime | None = found[-1].window_end if len(found) == wanted["limit"] else None
        groups = SmallGroups()
        told = [groups.shown(series, one) for one in found]
        return Response(ReadingsOut({"results": told, "next": following}).data)
