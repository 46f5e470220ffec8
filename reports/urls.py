"""Addresses of this floor's pages."""

from django.urls import path

from reports.views import desk, erasures, minutes, organisation, packs, printouts, retention

urlpatterns = [
    path("", desk.desk, name="desk"),
    path("packs/", packs.packs, name="packs"),
    path("packs/<str:number>/", packs.pack, name="pack"),
    path("packs/<str:number>/again", packs.again, name="pack_again"),
    path("packs/<str:number>/download", packs.download, name="pack_download"),
    path("minutes/<str:number>/minutes.pdf", minutes.minutes_pdf, name="minutes-pdf"),
    path("retention/", retention.overview, name="retention"),
    path("retention/preview/", retention.preview, name="retention-preview"),
    path("retention/rules/<slug:kind>/", retention.rule, name="retention-rule"),
    path("retention/holds/<uuid:hold_id>/", retention.hold, name="legal-hold"),
    path("erasures/", erasures.erasures, name="erasures"),
    path("erasures/<uuid:request_id>/", erasures.erasure, name="erasure"),
    path("exchange/organisation/", organisation.exports, name="organisation-exports"),
    path("ledger/lists/", printouts.printouts, name="ledger_prints"),
    path("ledger/lists/<uuid:printout_id>/", printouts.printout, name="ledger_print"),
    path("ledger/lists/<uuid:printout_id>/file", printouts.printout_file, name="ledger_print_file"),
]
