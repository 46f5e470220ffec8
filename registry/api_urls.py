"""Addresses of this floor's API, below /api/v1/."""

from django.urls import path

from registry.api import access
from registry.api.assessments import (
    AssessmentApproval,
    AssessmentDetail,
    AssessmentList,
    AssessmentNotification,
    AssessmentReturn,
    AssessmentSubmission,
)
from registry.api.classification import (
    ClassificationConfirmation,
    ClassificationDetail,
    ClassificationList,
    ClassificationReopening,
    ClassificationReturn,
    ClassificationSubmission,
    SystemClassification,
)
from registry.api.concerns import ConcernNew, ConcernReceipt
from registry.api.documents import (
    DocumentDetail,
    DocumentFile,
    DocumentList,
    DocumentReview,
    DocumentsExpiring,
    DocumentVersions,
    DocumentWithdrawal,
    SystemDocuments,
)
from registry.api.evaluations import (
    PlanApproval,
    PlanDetail,
    PlanList,
    RunDetail,
    RunList,
    ScenarioDrill,
)
from registry.api.exchange import (
    ImportApplication,
    ImportDetail,
    ImportList,
    ImportRows,
    ImportSettlement,
    ImportWithdrawal,
    RegistryList,
    RegistryReading,
    RegistrySwitch,
    SystemBill,
    SystemElsewhere,
    SystemsBill,
)
from registry.api.gates import FallbackCheckList, GateList
from registry.api.law import (
    ClockRuleList,
    FrameworkList,
    MilestoneList,
    OrganisationRegimes,
    ProvisionDetail,
    ProvisionList,
    QuestionnaireDetail,
    SystemObligations,
    SystemRegimesView,
)
from registry.api.me import Me, MeLanguage
from registry.api.notices import (
    MessageRequeue,
    Messages,
    MessagesRequeue,
    MyNotices,
    MyNoticesTrial,
)
from registry.api.profile import urlpatterns as profile_urls
from registry.api.search import Search
from registry.api.suppliers import (
    SupplierDetail,
    SupplierList,
    SupplierProducts,
    SupplierReviews,
    SystemProductEnd,
    SystemProducts,
)
from registry.api.surroundings import urlpatterns as surroundings_urls
from registry.api.systems import SystemDetail, SystemLifecycle, SystemList
from registry.api.tiers import SystemTier, TierDecision
from registry.api.tokens import TokenDetail, TokenList, TokenRevocation, TokenRotation
from registry.api.versions import (
    DeploymentList,
    VersionApproval,
    VersionDetail,
    VersionList,
    VersionMarket,
    VersionRevocation,
    WhatRan,
)

urlpatterns = [
    path("search/", Search.as_view(), name="api-search"),
    path("me/language", MeLanguage.as_view(), name="api-my-language"),
    path("me/notices", MyNotices.as_view(), name="api-my-notices"),
    path("me/notices/trial", MyNoticesTrial.as_view(), name="api-my-notices-trial"),
    path("messages", Messages.as_view(), name="api-messages"),
    path("messages/requeue", MessagesRequeue.as_view(), name="api-messages-requeue"),
    path(
        "messages/<uuid:message_id>/requeue", MessageRequeue.as_view(), name="api-message-requeue"
    ),
    *profile_urls,
    *surroundings_urls,
    path("law/frameworks/", FrameworkList.as_view(), name="api-law-frameworks"),
    path("law/provisions/", ProvisionList.as_view(), name="api-law-provisions"),
    path("law/provisions/<str:key>", ProvisionDetail.as_view(), name="api-law-provision"),
    path("law/milestones/", MilestoneList.as_view(), name="api-law-milestones"),
    path("law/clock-rules/", ClockRuleList.as_view(), name="api-law-clock-rules"),
    path(
        "law/questionnaires/<slug:slug>",
        QuestionnaireDetail.as_view(),
        name="api-law-questionnaire",
    ),
    path("law/organisation", OrganisationRegimes.as_view(), name="api-law-organisation"),
    path(
        "systems/<slug:slug>/obligations",
        SystemObligations.as_view(),
        name="api-system-obligations",
    ),
    path("systems/<slug:slug>/regimes", SystemRegimesView.as_view(), name="api-system-regimes"),
    path("me", Me.as_view(), name="api-me"),
    path("tokens", TokenList.as_view(), name="api-tokens"),
    path("tokens/<slug:token_key>", TokenDetail.as_view(), name="api-token"),
    path("tokens/<slug:token_key>/rotate", TokenRotation.as_view(), name="api-token-rotate"),
    path("tokens/<slug:token_key>/revoke", TokenRevocation.as_view(), name="api-token-revoke"),
    path("systems/", SystemList.as_view(), name="api-systems"),
    path("systems/<slug:slug>/", SystemDetail.as_view(), name="api-system"),
    path(
        "systems/<slug:slug>/classification",
        SystemClassification.as_view(),
        name="api-system-classification",
    ),
    path(
        "systems/<slug:slug>/classification/reopen",
        ClassificationReopening.as_view(),
        name="api-classification-reopen",
    ),
    path(
        "systems/<slug:slug>/classifications",
        ClassificationList.as_view(),
        name="api-classifications",
    ),
    path(
        "systems/<slug:slug>/classifications/<int:number>",
        ClassificationDetail.as_view(),
        name="api-classification",
    ),
    path(
        "systems/<slug:slug>/classifications/<int:number>/submit",
        ClassificationSubmission.as_view(),
        name="api-classification-submit",
    ),
    path(
        "systems/<slug:slug>/classifications/<int:number>/confirm",
        ClassificationConfirmation.as_view(),
        name="api-classification-confirm",
    ),
    path(
        "systems/<slug:slug>/classifications/<int:number>/send-back",
        ClassificationReturn.as_view(),
        name="api-classification-send-back",
    ),
    path("systems/<slug:slug>/tier", SystemTier.as_view(), name="api-tier"),
    path("systems/<slug:slug>/tier/decision", TierDecision.as_view(), name="api-tier-decision"),
    path("systems/<slug:slug>/assessments", AssessmentList.as_view(), name="api-assessments"),
    path(
        "systems/<slug:slug>/assessments/<slug:kind>/<int:number>",
        AssessmentDetail.as_view(),
        name="api-assessment",
    ),
    path(
        "systems/<slug:slug>/assessments/<slug:kind>/<int:number>/submit",
        AssessmentSubmission.as_view(),
        name="api-assessment-submit",
    ),
    path(
        "systems/<slug:slug>/assessments/<slug:kind>/<int:number>/approve",
        AssessmentApproval.as_view(),
        name="api-assessment-approve",
    ),
    path(
        "systems/<slug:slug>/assessments/<slug:kind>/<int:number>/send-back",
        AssessmentReturn.as_view(),
        name="api-assessment-send-back",
    ),
    path(
        "systems/<slug:slug>/assessments/<slug:kind>/<int:number>/notify",
        AssessmentNotification.as_view(),
        name="api-assessment-notify",
    ),
    path("systems/<slug:slug>/lifecycle", SystemLifecycle.as_view(), name="api-system-lifecycle"),
    path("systems/<slug:slug>/versions", VersionList.as_view(), name="api-versions"),
    path(
        "systems/<slug:slug>/versions/<path:label>/approve",
        VersionApproval.as_view(),
        name="api-version-approve",
    ),
    path(
        "systems/<slug:slug>/versions/<path:label>/revoke",
        VersionRevocation.as_view(),
        name="api-version-revoke",
    ),
    path(
        "systems/<slug:slug>/versions/<path:label>/market",
        VersionMarket.as_view(),
        name="api-version-market",
    ),
    path("systems/<slug:slug>/versions/<path:label>/", VersionDetail.as_view(), name="api-version"),
    path("systems/<slug:slug>/ran", WhatRan.as_view(), name="api-what-ran"),
    path("systems/<slug:slug>/gates", GateList.as_view(), name="api-gates"),
    path(
        "systems/<slug:slug>/fallback-checks",
        FallbackCheckList.as_view(),
        name="api-fallback-checks",
    ),
    path("systems/<slug:slug>/evaluation-plans", PlanList.as_view(), name="api-evaluation-plans"),
    path(
        "systems/<slug:slug>/evaluation-plans/<int:number>",
        PlanDetail.as_view(),
        name="api-evaluation-plan",
    ),
    path(
        "systems/<slug:slug>/evaluation-plans/<int:number>/approve",
        PlanApproval.as_view(),
        name="api-evaluation-plan-approve",
    ),
    path(
        "systems/<slug:slug>/evaluation-plans/<int:number>/scenarios/<int:place>/drill",
        ScenarioDrill.as_view(),
        name="api-scenario-drill",
    ),
    path("systems/<slug:slug>/evaluation-runs", RunList.as_view(), name="api-evaluation-runs"),
    path(
        "systems/<slug:slug>/evaluation-runs/<uuid:run_id>",
        RunDetail.as_view(),
        name="api-evaluation-run",
    ),
    path("systems/<slug:slug>/deployments", DeploymentList.as_view(), name="api-deployments"),
    path("systems/<slug:slug>/documents", SystemDocuments.as_view(), name="api-system-documents"),
    path("documents/", DocumentList.as_view(), name="api-documents"),
    path("documents/expiring", DocumentsExpiring.as_view(), name="api-documents-expiring"),
    path("documents/<uuid:document_id>/", DocumentDetail.as_view(), name="api-document"),
    path(
        "documents/<uuid:document_id>/versions",
        DocumentVersions.as_view(),
        name="api-document-versions",
    ),
    path(
        "documents/<uuid:document_id>/versions/<int:number>/review",
        DocumentReview.as_view(),
        name="api-document-review",
    ),
    path(
        "documents/<uuid:document_id>/versions/<int:number>/file",
        DocumentFile.as_view(),
        name="api-document-file",
    ),
    path(
        "documents/<uuid:document_id>/withdraw",
        DocumentWithdrawal.as_view(),
        name="api-document-withdraw",
    ),
    path("suppliers/", SupplierList.as_view(), name="api-suppliers"),
    path("suppliers/<slug:supplier>/", SupplierDetail.as_view(), name="api-supplier"),
    path(
        "suppliers/<slug:supplier>/reviews", SupplierReviews.as_view(), name="api-supplier-reviews"
    ),
    path(
        "suppliers/<slug:supplier>/products",
        SupplierProducts.as_view(),
        name="api-supplier-products",
    ),
    path("systems/<slug:slug>/products", SystemProducts.as_view(), name="api-system-products"),
    path(
        "systems/<slug:slug>/products/<uuid:use_id>/end",
        SystemProductEnd.as_view(),
        name="api-system-product-end",
    ),
    path("concerns/new", ConcernNew.as_view(), name="api-concern-new"),
    path("concerns/receipt", ConcernReceipt.as_view(), name="api-concern-receipt"),
    *access.urlpatterns,
    path("imports", ImportList.as_view(), name="api-imports"),
    path("imports/<uuid:import_id>", ImportDetail.as_view(), name="api-import"),
    path("imports/<uuid:import_id>/rows", ImportRows.as_view(), name="api-import-rows"),
    path("imports/<uuid:import_id>/settle", ImportSettlement.as_view(), name="api-import-settle"),
    path("imports/<uuid:import_id>/apply", ImportApplication.as_view(), name="api-import-apply"),
    path(
        "imports/<uuid:import_id>/withdraw",
        ImportWithdrawal.as_view(),
        name="api-import-withdraw",
    ),
    path("model-registries", RegistryList.as_view(), name="api-model-registries"),
    path(
        "model-registries/<uuid:registry_id>/switch",
        RegistrySwitch.as_view(),
        name="api-model-registry-switch",
    ),
    path(
        "model-registries/<uuid:registry_id>/read",
        RegistryReading.as_view(),
        name="api-model-registry-read",
    ),
    path("mlbom", SystemsBill.as_view(), name="api-mlbom"),
    path("systems/<slug:slug>/mlbom", SystemBill.as_view(), name="api-system-mlbom"),
    path("systems/<slug:slug>/elsewhere", SystemElsewhere.as_view(), name="api-system-elsewhere"),
]
