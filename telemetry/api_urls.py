"""Addresses of this floor's API, below /api/v1/."""

from django.urls import path

from telemetry.api.series import SeriesList, SeriesReadings

urlpatterns = [
    path("series/", SeriesList.as_view(), name="api-series"),
    path("series/<int:series_id>/readings", SeriesReadings.as_view(), name="api-readings"),
]
