"""Addresses of this floor's API, below /api/v1/."""

from django.urls import path

from governance.api import meeting_urls
from governance.api.alerts import AlertsIngest
from governance.api.backtests import BacktestDetail, BacktestList
from governance.api.baselines import (
    BaselineApproval,
    BaselineList,
    BaselineWithdrawal,
    SeriesImprovement,
)
from governance.api.canaries import CanaryRuns, CanarySetApproval, CanarySetList
from governance.api.concerns import (
    ConcernCase,
    ConcernDetail,
    ConcernDismissal,
    ConcernDismissalDecision,
    ConcernLines,
    ConcernList,
    ConcernOpening,
)
from governance.api.connectors import (
    ConnectorDetail,
    ConnectorList,
    ConnectorPoll,
    ConnectorRuns,
    ConnectorSwitch,
    ConnectorTrial,
)
from governance.api.doors import MetricMappingEnd, MetricMappings, SystemTelemetry
from governance.api.drafts import IncidentDraft
from governance.api.drift import (
    Coverage,
    HistogramsIngest,
    Pauses,
    RuleAttestations,
    SystemDrift,
)
from governance.api.drills import FireDrillDetail, FireDrillEnd, FireDrillList
from governance.api.emergency import SystemStop
from governance.api.figures import IncidentFigures
from governance.api.first_steps import FirstStepsDetail, Samples, SamplesRemove
from governance.api.first_steps_acts import (
    FirstCommittee,
    FirstKpis,
    FirstPeople,
    FirstProfile,
)
from governance.api.ingest import DecisionsIngest, HeartbeatsIngest, MeasurementsIngest
from governance.api.interests import DelegatedMotions, InterestEnd, MyInterests
from governance.api.kpi_switch import KpiSwitch, KpiUses
from governance.api.labels import LabelsIngest
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
from governance.api.mutes import MuteApproval, MuteDetail, MuteEnd, MuteList, MuteRefusal
from governance.api.notifications import (
    NotificationRead,
    Notifications,
    NotificationsRead,
    NotificationUnread,
)
from governance.api.objective_acts import (
    ErrorBudgetApproval,
    ErrorBudgetEnd,
    GuardrailApproval,
    GuardrailEnd,
    TrendRuleApproval,
    TrendRuleEnd,
)
from governance.api.objectives import (
    ErrorBudgetList,
    GuardrailList,
    GuardrailProposals,
    MeasuredStandingList,
    TrendRuleList,
)
from governance.api.on_call import (
    CallAnswering,
    Calls,
    Engine,
    IncidentDeadlines,
    IncidentRecalculation,
    Rota,
    Rotas,
    ShiftEnd,
    Shifts,
)
from governance.api.otlp import OtlpMetrics, OtlpTraces
from governance.api.reporting import (
    IncidentAcknowledgements,
    IncidentEscalations,
    IncidentReports,
    PolicyApproval,
    PolicyList,
    WatchAnswer,
    WatchList,
)
from governance.api.requests import (
    RequestAnswers,
    RequestBack,
    RequestDetail,
    RequestEvidenceList,
    RequestList,
    RequestReady,
    RequestReceipt,
    RequestSending,
    RequestWithheld,
    RequestWithheldApproval,
)
from governance.api.round_changes import (
    MotionCasting,
    MotionClosingTime,
    MotionConditionSettled,
    MotionConditionShown,
    MotionEdits,
    MotionProcedure,
    MotionRecusalAnswer,
    MotionRecusalRequests,
    MotionReturns,
    MotionVoids,
)
from governance.api.rounds import (
    MotionBallots,
    MotionClosing,
    MotionConvening,
    MotionRecusals,
    MotionSubstitutes,
)
from governance.api.scorecards import Scorecards
from governance.api.senders import DoorDetail, DoorList, DoorRefused
from governance.api.sent_reports import SentReports
from governance.api.shared_causes import IncidentTogether, SharedCauses
from governance.api.standing_orders import (
    OrderDetail,
    OrderDrills,
    OrderList,
    OrderVotes,
    OrderWithdrawal,
)
from governance.api.supplier_notices import NoticeDetail, NoticeList
from governance.api.thresholds import ThresholdApproval, ThresholdList
from governance.api.uploads import (
    UploadDetail,
    UploadFaults,
    UploadImport,
    UploadList,
    UploadSettlement,
    UploadWithdrawal,
)
from governance.api.voids import IncidentMismatches, Retirement, SeriesVoids, VoidDecision

urlpatterns = [
    *meeting_urls.urlpatterns,
    path("on-call/rotas", Rotas.as_view(), name="api-rotas"),
    path("on-call/rotas/<uuid:unit_id>", Rota.as_view(), name="api-rota"),
    path("on-call/rotas/<uuid:unit_id>/shifts", Shifts.as_view(), name="api-shifts"),
    path("on-call/shifts/<uuid:shift_id>/end", ShiftEnd.as_view(), name="api-shift-end"),
    path("calls/", Calls.as_view(), name="api-calls"),
    path("calls/<uuid:call_id>/answer", CallAnswering.as_view(), name="api-call-answer"),
    path(
        "incidents/<str:number>/deadlines",
        IncidentDeadlines.as_view(),
        name="api-incident-deadlines",
    ),
    path(
        "incidents/<str:number>/recalculation",
        IncidentRecalculation.as_view(),
        name="api-incident-recalculation",
    ),
    path("figures", IncidentFigures.as_view(), name="api-figures"),
    path("scorecards/", Scorecards.as_view(), name="api-scorecards"),
    path("first-steps", FirstStepsDetail.as_view(), name="api-first-steps"),
    path("first-steps/people", FirstPeople.as_view(), name="api-first-people"),
    path("first-steps/profile", FirstProfile.as_view(), name="api-first-profile"),
    path("first-steps/committee", FirstCommittee.as_view(), name="api-first-committee"),
    path("first-steps/systems/<slug:slug>/kpis", FirstKpis.as_view(), name="api-first-kpis"),
    path("samples", Samples.as_view(), name="api-samples"),
    path("samples/remove", SamplesRemove.as_view(), name="api-samples-remove"),
    path("me/notifications", Notifications.as_view(), name="api-notifications"),
    path("me/notifications/read", NotificationsRead.as_view(), name="api-notifications-read"),
    path(
        "me/notifications/<uuid:message_id>/read",
        NotificationRead.as_view(),
        name="api-notification-read",
    ),
    path(
        "me/notifications/<uuid:message_id>/unread",
        NotificationUnread.as_view(),
        name="api-notification-unread",
    ),
    path("drills/", FireDrillList.as_view(), name="api-drills"),
    path("drills/<uuid:drill_id>", FireDrillDetail.as_view(), name="api-drill"),
    path("drills/<uuid:drill_id>/end", FireDrillEnd.as_view(), name="api-drill-end"),
    path("engine", Engine.as_view(), name="api-engine"),
    path("measurements", MeasurementsIngest.as_view(), name="api-measurements"),
    path("decisions", DecisionsIngest.as_view(), name="api-decisions"),
    path("systems/<slug:slug>/stop", SystemStop.as_view(), name="api-system-stop"),
    path("systems/<slug:slug>/standing-orders", OrderList.as_view(), name="api-standing-orders"),
    path("standing-orders/<uuid:order_id>/", OrderDetail.as_view(), name="api-standing-order"),
    path("standing-orders/<uuid:order_id>/votes", OrderVotes.as_view(), name="api-order-votes"),
    path("standing-orders/<uuid:order_id>/drills", OrderDrills.as_view(), name="api-order-drills"),
    path(
        "standing-orders/<uuid:order_id>/withdrawal",
        OrderWithdrawal.as_view(),
        name="api-order-withdrawal",
    ),
    path("silences/", MuteList.as_view(), name="api-silences"),
    path("silences/<uuid:mute_id>/", MuteDetail.as_view(), name="api-silence"),
    path("silences/<uuid:mute_id>/approve", MuteApproval.as_view(), name="api-silence-approve"),
    path("silences/<uuid:mute_id>/refuse", MuteRefusal.as_view(), name="api-silence-refuse"),
    path("silences/<uuid:mute_id>/end", MuteEnd.as_view(), name="api-silence-end"),
    path("series/<int:series_id>/voids", SeriesVoids.as_view(), name="api-voids"),
    path("series/<int:series_id>/retirement", Retirement.as_view(), name="api-series-retire"),
    path("voids/<uuid:request_id>/decision", VoidDecision.as_view(), name="api-void-decide"),
    path("canary-sets/", CanarySetList.as_view(), name="api-canary-sets"),
    path(
        "canary-sets/<uuid:set_id>/approve",
        CanarySetApproval.as_view(),
        name="api-canary-set-approve",
    ),
    path("canary-sets/<uuid:set_id>/runs", CanaryRuns.as_view(), name="api-canary-runs"),
    path(
        "incidents/<str:number>/mismatches",
        IncidentMismatches.as_view(),
        name="api-incident-mismatches",
    ),
    path("law/updates/", LawUpdates.as_view(), name="api-law-updates"),
    path("labels", LabelsIngest.as_view(), name="api-labels"),
    path("heartbeats", HeartbeatsIngest.as_view(), name="api-heartbeats"),
    path("connectors/", ConnectorList.as_view(), name="api-connectors"),
    path("doors/", DoorList.as_view(), name="api-doors"),
    path("doors/<int:state_id>/", DoorDetail.as_view(), name="api-door"),
    path("doors/<int:state_id>/refused", DoorRefused.as_view(), name="api-door-refused"),
    path("connectors/<uuid:connector_id>/", ConnectorDetail.as_view(), name="api-connector"),
    path("connectors/<uuid:connector_id>/runs", ConnectorRuns.as_view(), name="api-connector-runs"),
    path("connectors/<uuid:connector_id>/poll", ConnectorPoll.as_view(), name="api-connector-poll"),
    path(
        "connectors/<uuid:connector_id>/report", SentReports.as_view(), name="api-connector-report"
    ),
    path("connectors/<uuid:connector_id>/try", ConnectorTrial.as_view(), name="api-connector-try"),
    path(
        "connectors/<uuid:connector_id>/switch",
        ConnectorSwitch.as_view(),
        name="api-connector-switch",
    ),
    path("uploads/", UploadList.as_view(), name="api-uploads"),
    path("uploads/<uuid:upload_id>/", UploadDetail.as_view(), name="api-upload"),
    path("uploads/<uuid:upload_id>/faults", UploadFaults.as_view(), name="api-upload-faults"),
    path("uploads/<uuid:upload_id>/settle", UploadSettlement.as_view(), name="api-upload-settle"),
    path("uploads/<uuid:upload_id>/import", UploadImport.as_view(), name="api-upload-import"),
    path(
        "uploads/<uuid:upload_id>/withdraw", UploadWithdrawal.as_view(), name="api-upload-withdraw"
    ),
    path("otlp/v1/traces", OtlpTraces.as_view(), name="api-otlp-traces"),
    path("otlp/v1/metrics", OtlpMetrics.as_view(), name="api-otlp-metrics"),
    path("alerts", AlertsIngest.as_view(), name="api-alerts"),
    path("systems/<slug:slug>/telemetry", SystemTelemetry.as_view(), name="api-telemetry"),
    path(
        "systems/<slug:slug>/metric-mappings",
        MetricMappings.as_view(),
        name="api-metric-mappings",
    ),
    path(
        "systems/<slug:slug>/metric-mappings/<uuid:mapping_id>/end",
        MetricMappingEnd.as_view(),
        name="api-metric-mapping-end",
    ),
    path("trend-rules/", TrendRuleList.as_view(), name="api-trend-rules"),
    path(
        "trend-rules/<uuid:version_id>/approve",
        TrendRuleApproval.as_view(),
        name="api-trend-rule-approve",
    ),
    path("trend-rules/<uuid:version_id>/end", TrendRuleEnd.as_view(), name="api-trend-rule-end"),
    path("error-budgets/", ErrorBudgetList.as_view(), name="api-error-budgets"),
    path(
        "error-budgets/<uuid:version_id>/approve",
        ErrorBudgetApproval.as_view(),
        name="api-error-budget-approve",
    ),
    path(
        "error-budgets/<uuid:version_id>/end",
        ErrorBudgetEnd.as_view(),
        name="api-error-budget-end",
    ),
    path(
        "systems/<slug:slug>/guardrail-proposals",
        GuardrailProposals.as_view(),
        name="api-guardrail-proposals",
    ),
    path("guardrails/", GuardrailList.as_view(), name="api-guardrails"),
    path(
        "guardrails/<uuid:version_id>/approve",
        GuardrailApproval.as_view(),
        name="api-guardrail-approve",
    ),
    path("guardrails/<uuid:version_id>/end", GuardrailEnd.as_view(), name="api-guardrail-end"),
    path("measured-standings/", MeasuredStandingList.as_view(), name="api-measured-standings"),
    path("histograms", HistogramsIngest.as_view(), name="api-histograms"),
    path("coverage", Coverage.as_view(), name="api-coverage"),
    path("systems/<slug:slug>/drift", SystemDrift.as_view(), name="api-system-drift"),
    path(
        "systems/<slug:slug>/rule-attestations",
        RuleAttestations.as_view(),
        name="api-rule-attestations",
    ),
    path("systems/<slug:slug>/pauses", Pauses.as_view(), name="api-pauses"),
    path("baselines/", BaselineList.as_view(), name="api-baselines"),
    path(
        "baselines/<uuid:baseline_id>/approve",
        BaselineApproval.as_view(),
        name="api-baseline-approve",
    ),
    path(
        "baselines/<uuid:baseline_id>/withdraw",
        BaselineWithdrawal.as_view(),
        name="api-baseline-withdraw",
    ),
    path(
        "series/<int:series_id>/improvement",
        SeriesImprovement.as_view(),
        name="api-series-improvement",
    ),
    path("backtests/", BacktestList.as_view(), name="api-backtests"),
    path("backtests/<uuid:backtest_id>/", BacktestDetail.as_view(), name="api-backtest"),
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
    path("motions/delegated", DelegatedMotions.as_view(), name="api-motions-delegated"),
    path("motions/<str:number>/edits", MotionEdits.as_view(), name="api-motion-edits"),
    path(
        "motions/<str:number>/closing-time",
        MotionClosingTime.as_view(),
        name="api-motion-closing-time",
    ),
    path("motions/<str:number>/in-writing", MotionProcedure.as_view(), name="api-motion-written"),
    path("motions/<str:number>/returns", MotionReturns.as_view(), name="api-motion-returns"),
    path(
        "motions/<str:number>/recusal-requests",
        MotionRecusalRequests.as_view(),
        name="api-motion-recusal-requests",
    ),
    path(
        "motions/<str:number>/recusal-requests/<int:request_id>",
        MotionRecusalAnswer.as_view(),
        name="api-motion-recusal-answer",
    ),
    path("motions/<str:number>/voids", MotionVoids.as_view(), name="api-motion-voids"),
    path("motions/<str:number>/casting", MotionCasting.as_view(), name="api-motion-casting"),
    path(
        "motions/<str:number>/conditions/<int:condition>/shown",
        MotionConditionShown.as_view(),
        name="api-motion-condition-shown",
    ),
    path(
        "motions/<str:number>/conditions/<int:condition>/settled",
        MotionConditionSettled.as_view(),
        name="api-motion-condition-settled",
    ),
    path("kpis/<slug:kpi_id>/switch", KpiSwitch.as_view(), name="api-kpi-switch"),
    path("kpis/<slug:kpi_id>/uses", KpiUses.as_view(), name="api-kpi-uses"),
    path("shared-causes", SharedCauses.as_view(), name="api-shared-causes"),
    path(
        "incidents/<str:number>/findings-draft",
        IncidentDraft.as_view(),
        name="api-incident-draft",
    ),
    path(
        "incidents/<str:number>/together",
        IncidentTogether.as_view(),
        name="api-incident-together",
    ),
    path("me/interests", MyInterests.as_view(), name="api-my-interests"),
    path("me/interests/<uuid:interest>/end", InterestEnd.as_view(), name="api-interest-end"),
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
    path("authority-requests/", RequestList.as_view(), name="api-authority-requests"),
    path(
        "authority-requests/<str:number>/",
        RequestDetail.as_view(),
        name="api-authority-request",
    ),
    path(
        "authority-requests/<str:number>/answers",
        RequestAnswers.as_view(),
        name="api-authority-request-answers",
    ),
    path(
        "authority-requests/<str:number>/evidence",
        RequestEvidenceList.as_view(),
        name="api-authority-request-evidence",
    ),
    path(
        "authority-requests/<str:number>/withheld",
        RequestWithheld.as_view(),
        name="api-authority-request-withheld",
    ),
    path(
        "authority-requests/<str:number>/withheld/<uuid:item_id>/approval",
        RequestWithheldApproval.as_view(),
        name="api-authority-request-agree",
    ),
    path(
        "authority-requests/<str:number>/ready",
        RequestReady.as_view(),
        name="api-authority-request-ready",
    ),
    path(
        "authority-requests/<str:number>/back",
        RequestBack.as_view(),
        name="api-authority-request-back",
    ),
    path(
        "authority-requests/<str:number>/send",
        RequestSending.as_view(),
        name="api-authority-request-send",
    ),
    path(
        "authority-requests/<str:number>/receipt",
        RequestReceipt.as_view(),
        name="api-authority-request-receipt",
    ),
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
