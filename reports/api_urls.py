"""Addresses of this floor's API, below /api/v1/."""

from django.urls import path

from reports.api.erasures import ErasureConfirmation, ErasureList, ErasureRefusal
from reports.api.holds import HoldEnd, HoldList
from reports.api.organisation import OrganisationExports
from reports.api.packs import PackAgain, PackDetail, PackDownload, PackList
from reports.api.printouts import LedgerPrintout, LedgerPrintoutFile, LedgerPrintouts
from reports.api.retention import Retention, RetentionPreview, RetentionRuleDetail

urlpatterns = [
    path("packs/", PackList.as_view(), name="api-packs"),
    path("packs/<str:number>/", PackDetail.as_view(), name="api-pack"),
    path("packs/<str:number>/again", PackAgain.as_view(), name="api-pack-again"),
    path("packs/<str:number>/download", PackDownload.as_view(), name="api-pack-download"),
    path("retention/", Retention.as_view(), name="api-retention"),
    path("retention/preview", RetentionPreview.as_view(), name="api-retention-preview"),
    path("retention/rules/<slug:kind>", RetentionRuleDetail.as_view(), name="api-retention-rule"),
    path("retention/holds", HoldList.as_view(), name="api-holds"),
    path("retention/holds/<uuid:hold_id>/end", HoldEnd.as_view(), name="api-hold-end"),
    path("erasures/", ErasureList.as_view(), name="api-erasures"),
    path(
        "erasures/<uuid:request_id>/confirm",
        ErasureConfirmation.as_view(),
        name="api-erasure-confirm",
    ),
    path(
        "erasures/<uuid:request_id>/decline", ErasureRefusal.as_view(), name="api-erasure-decline"
    ),
    path("organisation/exports", OrganisationExports.as_view(), name="api-organisation-exports"),
    path("ledger/lists", LedgerPrintouts.as_view(), name="api-ledger-prints"),
    path("ledger/lists/<uuid:printout_id>", LedgerPrintout.as_view(), name="api-ledger-print"),
    path(
        "ledger/lists/<uuid:printout_id>/file",
        LedgerPrintoutFile.as_view(),
        name="api-ledger-print-file",
    ),
]
