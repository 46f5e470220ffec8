"""Addresses of this floor's API, below /api/v1/."""

from django.urls import path

from incidents.api.actions import ActionReceipts, SystemState
from incidents.api.incidents import (
    IncidentCommand,
    IncidentDetail,
    IncidentList,
    TransitionTable,
)
from incidents.api.notes import IncidentNotes

urlpatterns = [
    path("incidents/", IncidentList.as_view(), name="api-incidents"),
    path("incidents/<str:number>/", IncidentDetail.as_view(), name="api-incident"),
    path(
        "incidents/<str:number>/commands/<slug:command>",
        IncidentCommand.as_view(),
        name="api-incident-command",
    ),
    path("incidents/<str:number>/notes", IncidentNotes.as_view(), name="api-incident-notes"),
    path("incident-commands", TransitionTable.as_view(), name="api-incident-commands"),
    path("actions/<uuid:action_id>/receipts", ActionReceipts.as_view(), name="api-receipts"),
    path("systems/<slug:slug>/state", SystemState.as_view(), name="api-system-state"),
]
