"""Addresses of this floor's pages."""

from django.urls import path, re_path

from governance.views import (
    committee,
    concerns,
    incident_list,
    incidents,
    law,
    motions,
    notes,
    roles,
    supplier_notices,
    systems,
    watches,
)
from governance.views.ledger import checkpoints, downloads, entries, room, runs
from registry.views.profile import register

urlpatterns = [
    path("law/updates/", law.updates, name="law-updates"),
    path("incidents/", incident_list.incidents, name="incidents"),
    path("incidents/list.csv", incident_list.incidents_sheet, name="incidents-sheet"),
    path("incidents/<str:number>/", incidents.incident, name="incident"),
    path("incidents/<str:number>/record.csv", incident_list.record_sheet, name="incident-record"),
    path("incidents/<str:number>/motion/", motions.motion, name="motion"),
    path("incidents/<str:number>/notes/", notes.write, name="incident-note"),
    path("incidents/<str:number>/<slug:command>/", incidents.act, name="incident-act"),
    path("systems/", systems.systems, name="systems"),
    path("systems/new/", register, name="system-new"),
    path("systems/list.csv", systems.systems_sheet, name="systems-sheet"),
    path("systems/<slug:slug>/", systems.system, name="system"),
    path("systems/<slug:slug>/scorecard.csv", systems.scorecard_sheet, name="scorecard-sheet"),
    path("systems/<slug:slug>/kpis/<int:series_id>/", systems.kpi, name="kpi"),
    path(
        "systems/<slug:slug>/kpis/<int:series_id>/readings.csv", systems.kpi_sheet, name="kpi-sheet"
    ),
    path("suppliers/<slug:slug>/notice/", supplier_notices.new_notice, name="supplier-notice-new"),
    path(
        "suppliers/<slug:slug>/notices/<uuid:notice_id>/",
        supplier_notices.notice,
        name="supplier-notice",
    ),
    re_path(r"^concerns/(?P<number>CON-\d{4}-\d{4,12})/$", concerns.concern, name="concern"),
    re_path(
        r"^concerns/(?P<number>CON-\d{4}-\d{4,12})/(?P<act>[a-z]+)/$",
        concerns.act,
        name="concern-act",
    ),
    path("committee/", committee.dockets, name="dockets"),
    path("committee/<str:number>/", committee.ballot, name="ballot"),
    path("committee/<str:number>/<slug:act>/", committee.ballot_act, name="ballot-act"),
    path("roles/", roles.roles, name="roles"),
    path("watches/<uuid:watch_id>/", watches.watch, name="watch"),
    path("ledger/", room.room, name="ledger"),
    path("ledger/entries.csv", downloads.entries_file, {"form": "csv"}, name="ledger_csv"),
    path("ledger/entries.jsonl", downloads.entries_file, {"form": "jsonl"}, name="ledger_jsonl"),
    path("ledger/exceptions/", room.exceptions, name="ledger_exceptions"),
    path(
        "ledger/exceptions.csv",
        downloads.exceptions_file,
        {"form": "csv"},
        name="ledger_exceptions_csv",
    ),
    path(
        "ledger/exceptions.jsonl",
        downloads.exceptions_file,
        {"form": "jsonl"},
        name="ledger_exceptions_jsonl",
    ),
    path("ledger/checkpoints/", checkpoints.checkpoints, name="ledger_checkpoints"),
    path("ledger/checkpoints/<int:size>/", checkpoints.checkpoint, name="ledger_checkpoint_page"),
    path("ledger/checkpoints/<int:size>/note", checkpoints.note, name="ledger_checkpoint_note"),
    path("ledger/checkpoints/<int:size>/<int:place>.tsr", checkpoints.stamp, name="ledger_stamp"),
    path("ledger/verifications/", runs.runs, name="ledger_verifications"),
    path("ledger/verifications/<uuid:run_id>/", runs.run, name="ledger_verification"),
    path("ledger/<int:number>/", entries.entry, name="ledger_entry"),
    path("ledger/<int:number>/line.json", entries.line_file, name="ledger_entry_line"),
    path("ledger/<int:number>/proof.tlog-proof", entries.proof, name="ledger_entry_proof"),
]
