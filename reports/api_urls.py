"""Addresses of this floor's API, below /api/v1/."""

from django.urls import path

from reports.api import desk, oversight, own_frameworks, room, statements
from reports.api.board import (
    ConsequenceFactorApproval,
    ConsequenceFactorDetail,
    ConsequenceFactors,
    ConsequenceFactorWithdrawal,
    ReportDetail,
    ReportDrawing,
    ReportIssue,
    Reports,
    ReportWithdrawal,
)
from reports.api.controls import (
    ControlDetail,
    ControlFrameworks,
    ControlReadiness,
    FrameworkControls,
)
from reports.api.erasures import ErasureConfirmation, ErasureList, ErasureRefusal
from reports.api.holds import HoldEnd, HoldList
from reports.api.organisation import OrganisationExports
from reports.api.packs import PackAgain, PackDetail, PackDownload, PackList
from reports.api.papers import PaperDetail, PaperFile, Papers
from reports.api.printouts import LedgerPrintout, LedgerPrintoutFile, LedgerPrintouts
from reports.api.retention import Retention, RetentionPreview, RetentionRuleDetail

urlpatterns = [
    *desk.urlpatterns,
    path("controls/", ControlFrameworks.as_view(), name="api-controls"),
    path("controls/readiness", ControlReadiness.as_view(), name="api-readiness"),
    path("controls/<slug:key>", FrameworkControls.as_view(), name="api-controls-framework"),
    path("controls/<slug:key>/<str:provision_id>", ControlDetail.as_view(), name="api-control"),
    path(
        "control-statements/",
        statements.ControlStatements.as_view(),
        name="api-control-statements",
    ),
    path(
        "control-statements/<uuid:statement_id>",
        statements.ControlStatement.as_view(),
        name="api-control-statement",
    ),
    path(
        "control-statements/<uuid:statement_id>/approve",
        statements.ControlStatementApproval.as_view(),
        name="api-control-statement-approve",
    ),
    path(
        "control-statements/<uuid:statement_id>/withdraw",
        statements.ControlStatementWithdrawal.as_view(),
        name="api-control-statement-withdraw",
    ),
    path("control-uploads/", statements.ControlUploads.as_view(), name="api-control-uploads"),
    path(
        "control-uploads/<uuid:upload_id>",
        statements.ControlUploadDetail.as_view(),
        name="api-control-upload",
    ),
    path(
        "control-uploads/<uuid:upload_id>/file",
        statements.ControlUploadFile.as_view(),
        name="api-control-upload-file",
    ),
    path(
        "control-uploads/<uuid:upload_id>/review",
        statements.ControlUploadReview.as_view(),
        name="api-control-upload-review",
    ),
    path(
        "control-uploads/<uuid:upload_id>/withdraw",
        statements.ControlUploadWithdrawal.as_view(),
        name="api-control-upload-withdraw",
    ),
    *own_frameworks.urlpatterns,
    path("control-gaps/", statements.ControlGaps.as_view(), name="api-control-gaps"),
    path("control-gaps/<uuid:gap_id>", statements.ControlGap.as_view(), name="api-control-gap"),
    path(
        "control-gaps/<uuid:gap_id>/close",
        statements.ControlGapClosing.as_view(),
        name="api-control-gap-close",
    ),
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
    *oversight.urlpatterns,
    *room.urlpatterns,
    path("reports/", Reports.as_view(), name="api-reports"),
    path("reports/<str:number>", ReportDetail.as_view(), name="api-report"),
    path("reports/<str:number>/draw", ReportDrawing.as_view(), name="api-report-draw"),
    path("reports/<str:number>/issue", ReportIssue.as_view(), name="api-report-issue"),
    path("reports/<str:number>/withdraw", ReportWithdrawal.as_view(), name="api-report-withdraw"),
    path("consequence-factors/", ConsequenceFactors.as_view(), name="api-consequence-factors"),
    path(
        "consequence-factors/<uuid:factor_id>",
        ConsequenceFactorDetail.as_view(),
        name="api-consequence-factor",
    ),
    path(
        "consequence-factors/<uuid:factor_id>/approve",
        ConsequenceFactorApproval.as_view(),
        name="api-consequence-factor-approve",
    ),
    path(
        "consequence-factors/<uuid:factor_id>/withdraw",
        ConsequenceFactorWithdrawal.as_view(),
        name="api-consequence-factor-withdraw",
    ),
    path("papers/<slug:kind>", Papers.as_view(), name="api-papers"),
    path("papers/made/<uuid:paper_id>", PaperDetail.as_view(), name="api-paper"),
    path("papers/made/<uuid:paper_id>/file", PaperFile.as_view(), name="api-paper-file"),
    path("ledger/lists", LedgerPrintouts.as_view(), name="api-ledger-prints"),
    path("ledger/lists/<uuid:printout_id>", LedgerPrintout.as_view(), name="api-ledger-print"),
    path(
        "ledger/lists/<uuid:printout_id>/file",
        LedgerPrintoutFile.as_view(),
        name="api-ledger-print-file",
    ),
]
