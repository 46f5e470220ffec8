"""Addresses of this floor's API, below /api/v1/."""

from django.urls import path

from reports.api.packs import PackAgain, PackDetail, PackDownload, PackList
from reports.api.printouts import LedgerPrintout, LedgerPrintoutFile, LedgerPrintouts

urlpatterns = [
    path("packs/", PackList.as_view(), name="api-packs"),
    path("packs/<str:number>/", PackDetail.as_view(), name="api-pack"),
    path("packs/<str:number>/again", PackAgain.as_view(), name="api-pack-again"),
    path("packs/<str:number>/download", PackDownload.as_view(), name="api-pack-download"),
    path("ledger/lists", LedgerPrintouts.as_view(), name="api-ledger-prints"),
    path("ledger/lists/<uuid:printout_id>", LedgerPrintout.as_view(), name="api-ledger-print"),
    path(
        "ledger/lists/<uuid:printout_id>/file",
        LedgerPrintoutFile.as_view(),
        name="api-ledger-print-file",
    ),
]
