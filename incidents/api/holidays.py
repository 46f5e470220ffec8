"""Public holidays of working calendars over the API: read, chosen by who administers."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.models import HolidayChoice
from incidents.services.holidays import choose_holidays, set_day
from outbox import clock
from registry.access import IsPerson, actor_of
from registry.models import WorkCalendar


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


class CalendarDayIn(serializers.Serializer[Any]):
    """One day of a calendar; `intervals` [] is a day off, null lets the weekday hold again."""

    day = serializers.DateField()
    intervals = serializers.ListField(
        child=serializers.ListField(
            child=serializers.RegexField(r"^\d\d:\d\d$"), min_length=2, max_length=2
        ),
        allow_null=True,
        max_length=10,
    )
    reason = serializers.CharField(max_length=1000)


class CalendarVersionOut(serializers.ModelSerializer[WorkCalendar]):
    """The version of a calendar that holds now."""

    class Meta:
        model = WorkCalendar
        fields = ["id", "name", "version", "zone", "hours", "exceptions"]


class CalendarDays(APIView):
    """Single days of a calendar, by hand."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="calendar_day_set",
        tags=["calendars"],
        request=CalendarDayIn,
        responses=CalendarVersionOut,
    )
    def put(self, request: Request, calendar_id: UUID) -> Response:
        """Enter one day; the calendar's next version and its units follow."""
        given = CalendarDayIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = set_day(
            calendar_id=calendar_id, actor=actor_of(request), at=clock.now(), **given.validated_data
        )
        return Response(CalendarVersionOut(made).data)


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
