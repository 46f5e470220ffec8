"""Addresses of this floor's pages."""

from django.urls import path

from reports.views import desk, packs, printouts

urlpatterns = [
    path("", desk.desk, name="desk"),
    path("packs/", packs.packs, name="packs"),
    path("packs/<str:number>/", packs.pack, name="pack"),
    path("packs/<str:number>/again", packs.again, name="pack_again"),
    path("packs/<str:number>/download", packs.download, name="pack_download"),
    path("ledger/lists/", printouts.printouts, name="ledger_prints"),
    path("ledger/lists/<uuid:printout_id>/", printouts.printout, name="ledger_print"),
    path("ledger/lists/<uuid:printout_id>/file", printouts.printout_file, name="ledger_print_file"),
]
