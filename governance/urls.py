"""Addresses of this floor's pages."""

from django.urls import path

from governance.views import committee, incident_list, incidents, ledger, motions, systems, watches

urlpatterns = [
    path("incidents/", incident_list.incidents, name="incidents"),
    path("incidents/list.csv", incident_list.incidents_sheet, name="incidents-sheet"),
    path("incidents/<str:number>/", incidents.incident, name="incident"),
    path("incidents/<str:number>/record.csv", incident_list.record_sheet, name="incident-record"),
    path("incidents/<str:number>/motion/", motions.motion, name="motion"),
    path("incidents/<str:number>/<slug:command>/", incidents.act, name="incident-act"),
    path("systems/", systems.systems, name="systems"),
    path("systems/<slug:slug>/", systems.system, name="system"),
    path("systems/<slug:slug>/scorecard.csv", systems.scorecard_sheet, name="scorecard-sheet"),
    path("systems/<slug:slug>/kpis/<int:series_id>/", systems.kpi, name="kpi"),
    path(
        "systems/<slug:slug>/kpis/<int:series_id>/readings.csv", systems.kpi_sheet, name="kpi-sheet"
    ),
    path("committee/", committee.dockets, name="dockets"),
    path("committee/<str:number>/", committee.ballot, name="ballot"),
    path("committee/<str:number>/<slug:act>/", committee.ballot_act, name="ballot-act"),
    path("watches/<uuid:watch_id>/", watches.watch, name="watch"),
    path("ledger/<int:number>/", ledger.ledger_entry, name="ledger_entry"),
]
