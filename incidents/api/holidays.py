"""Public holidays of working calendars over the API: read, chosen by who administers."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.models import HolidayChoice
from incidents.services.holidays import choose_holidays
from outbox import clock
from registry.access import IsPerson, actor_of


class HolidaysIn(serializers.Serializer[Any]):
    """A country by its ISO code, or 'EU'; a subdivision by the country's own code, or ''."""

    country = serializers.CharField(max_length=2)
    subdivision = serializers.CharField(max_length=10, default="", allow_blank=True)


class HolidaysOut(serializers.ModelSerializer[HolidayChoice]):
    """Which public holidays a calendar takes in, and up to the end of which year."""

    class Meta:
        model = HolidayChoice
        fields = [
            "calendar_name", "country", "subdivision", "days", "through_year", "chosen_at",
            "refreshed_at",
        ]  # fmt: skip


class HolidayChoices(APIView):
    """The public holidays that the organisation's calendars take in."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="holidays", tags=["calendars"], responses=HolidaysOut(many=True))
    def get(self, request: Request) -> Response:
        """Return every choice, by calendar."""
        rows = HolidayChoice.objects.order_by("calendar_name")
        return Response(HolidaysOut(rows, many=True).data)


class CalendarHolidays(APIView):
    """The public holidays of one calendar."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="holidays_choose",
        tags=["calendars"],
        request=HolidaysIn,
        responses=HolidaysOut,
    )
    def put(self, request: Request, calendar_id: UUID) -> Response:
        """Choose a country; the calendar's next version and its units follow."""
        given = HolidaysIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = choose_holidays(
            calendar_id=calendar_id, actor=actor_of(request), at=clock.now(), **given.validated_data
        )
        return Response(HolidaysOut(row).data)
