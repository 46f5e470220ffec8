"""Addresses of this floor's API, below /api/v1/."""

from django.urls import path

from telemetry.api.series import SeriesList, SeriesReadings
from telemetry.api.stored import Stored

urlpatterns = [
    path("stored", Stored.as_view(), name="api-stored"),
    path("series/", SeriesList.as_view(), name="api-series"),
    path("series/<int:series_id>/readings", SeriesReadings.as_view(), name="api-readings"),
]
