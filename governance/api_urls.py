"""Addresses of this floor's API, below /api/v1/."""

from django.urls import path

from governance.api.concerns import (
    ConcernCase,
    ConcernDetail,
    ConcernDismissal,
    ConcernDismissalDecision,
    ConcernLines,
    ConcernList,
    ConcernOpening,
)
from governance.api.ingest import DecisionsIngest, HeartbeatsIngest, MeasurementsIngest
from governance.api.law import LawUpdates
from governance.api.ledger import LedgerEntries, LedgerEntry, LedgerExceptions
from governance.api.ledger_files import (
    LedgerEntriesCsv,
    LedgerEntriesJsonLines,
    LedgerEntryProof,
    LedgerExceptionsCsv,
    LedgerExceptionsJsonLines,
)
from governance.api.ledger_log import (
    LedgerCheckpoint,
    LedgerCheckpoints,
    LedgerKeys,
    LedgerVerification,
    LedgerVerifications,
)
from governance.api.motions import (
    IncidentMotions,
    MotionDetail,
    MotionLevel,
    MotionList,
    MotionWithdrawal,
)
from governance.api.reporting import (
    IncidentAcknowledgements,
    IncidentEscalations,
    IncidentReports,
    PolicyApproval,
    PolicyList,
    WatchAnswer,
    WatchList,
)
from governance.api.rounds import (
    MotionBallots,
    MotionClosing,
    MotionConvening,
    MotionRecusals,
    MotionSubstitutes,
)
from governance.api.supplier_notices import NoticeDetail, NoticeList
from governance.api.thresholds import ThresholdApproval, ThresholdList

urlpatterns = [
    path("law/updates/", LawUpdates.as_view(), name="api-law-updates"),
    path("measurements", MeasurementsIngest.as_view(), name="api-measurements"),
    path("decisions", DecisionsIngest.as_view(), name="api-decisions"),
    path("heartbeats", HeartbeatsIngest.as_view(), name="api-heartbeats"),
    path("thresholds/", ThresholdList.as_view(), name="api-thresholds"),
    path(
        "thresholds/versions/<uuid:version_id>/approve",
        ThresholdApproval.as_view(),
        name="api-threshold-approve",
    ),
    path("incident-reports", IncidentReports.as_view(), name="api-incident-reports"),
    path(
        "incidents/<str:number>/motions",
        IncidentMotions.as_view(),
        name="api-incident-motions",
    ),
    path(
        "incidents/<str:number>/escalations",
        IncidentEscalations.as_view(),
        name="api-incident-escalations",
    ),
    path(
        "incidents/<str:number>/escalations/acknowledge",
        IncidentAcknowledgements.as_view(),
        name="api-incident-escalations-acknowledge",
    ),
    path("motions/", MotionList.as_view(), name="api-motions"),
    path("motions/<str:number>/", MotionDetail.as_view(), name="api-motion"),
    path("motions/<str:number>/convene", MotionConvening.as_view(), name="api-motion-convene"),
    path("motions/<str:number>/withdraw", MotionWithdrawal.as_view(), name="api-motion-withdraw"),
    path("motions/<str:number>/send-up", MotionLevel.as_view(), name="api-motion-send-up"),
    path("motions/<str:number>/recusals", MotionRecusals.as_view(), name="api-motion-recusals"),
    path(
        "motions/<str:number>/substitutes",
        MotionSubstitutes.as_view(),
        name="api-motion-substitutes",
    ),
    path("motions/<str:number>/ballots", MotionBallots.as_view(), name="api-motion-ballots"),
    path("motions/<str:number>/close", MotionClosing.as_view(), name="api-motion-close"),
    path("watches/", WatchList.as_view(), name="api-watches"),
    path("watches/<uuid:watch_id>/answer", WatchAnswer.as_view(), name="api-watch-answer"),
    path("policies/", PolicyList.as_view(), name="api-policies"),
    path("policies/<uuid:policy_id>/approve", PolicyApproval.as_view(), name="api-policy-approve"),
    path("concerns/", ConcernList.as_view(), name="api-concerns"),
    path("concerns/<str:number>/", ConcernDetail.as_view(), name="api-concern"),
    path("concerns/<str:number>/open", ConcernOpening.as_view(), name="api-concern-open"),
    path("concerns/<str:number>/lines", ConcernLines.as_view(), name="api-concern-lines"),
    path("concerns/<str:number>/dismiss", ConcernDismissal.as_view(), name="api-concern-dismiss"),
    path(
        "concerns/<str:number>/dismissal",
        ConcernDismissalDecision.as_view(),
        name="api-concern-dismissal",
    ),
    path("concerns/<str:number>/case", ConcernCase.as_view(), name="api-concern-case"),
    path("suppliers/<slug:supplier>/notices", NoticeList.as_view(), name="api-notices"),
    path(
        "suppliers/<slug:supplier>/notices/<uuid:notice_id>/",
        NoticeDetail.as_view(),
        name="api-notice",
    ),
    path("ledger/entries", LedgerEntries.as_view(), name="api-ledger-entries"),
    path("ledger/entries.csv", LedgerEntriesCsv.as_view(), name="api-ledger-entries-csv"),
    path("ledger/entries.jsonl", LedgerEntriesJsonLines.as_view(), name="api-ledger-entries-jsonl"),
    path("ledger/entries/<int:number>", LedgerEntry.as_view(), name="api-ledger-entry"),
    path(
        "ledger/entries/<int:number>/proof",
        LedgerEntryProof.as_view(),
        name="api-ledger-entry-proof",
    ),
    path("ledger/exceptions", LedgerExceptions.as_view(), name="api-ledger-exceptions"),
    path("ledger/exceptions.csv", LedgerExceptionsCsv.as_view(), name="api-ledger-exceptions-csv"),
    path(
        "ledger/exceptions.jsonl",
        LedgerExceptionsJsonLines.as_view(),
        name="api-ledger-exceptions-jsonl",
    ),
    path("ledger/checkpoints", LedgerCheckpoints.as_view(), name="api-ledger-checkpoints"),
    path("ledger/checkpoints/<int:size>", LedgerCheckpoint.as_view(), name="api-ledger-checkpoint"),
    path("ledger/keys", LedgerKeys.as_view(), name="api-ledger-keys"),
    path("ledger/verifications", LedgerVerifications.as_view(), name="api-ledger-verifications"),
    path(
        "ledger/verifications/<uuid:run_id>",
        LedgerVerification.as_view(),
        name="api-ledger-verification",
    ),
]
