"""Addresses of this floor's pages."""

from telemetry.views.answers import urlpatterns as answers
from telemetry.views.kpis import urlpatterns as kpis
from telemetry.views.scorecards import urlpatterns as scorecards

urlpatterns = [
    *answers,
    *kpis,
    *scorecards,
]
