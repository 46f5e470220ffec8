"""Addresses of this floor's API, below /api/v1/."""

from django.urls import path

from telemetry.api.answers import (
    AnswerList,
    AnswerLooks,
    AnswerOne,
    AnswerReviews,
    AnswerReviewsWaiting,
    AnswerSlices,
    AnswerVerdict,
    LabelSets,
)
from telemetry.api.computations import (
    ComputationResume,
    ComputationStop,
    SystemComputations,
)
from telemetry.api.kpis import (
    KpiDefinitions,
    KpiDetail,
    KpiDraftApprove,
    KpiDraftDecline,
    KpiDrafts,
    KpiList,
    KpiProposal,
    KpiTemplates,
)
from telemetry.api.scorecards import SystemScorecard
from telemetry.api.series import SeriesList, SeriesReadings
from telemetry.api.stored import Stored

urlpatterns = [
    path("answers/", AnswerList.as_view(), name="api-answers"),
    path("answer-reviews/", AnswerReviewsWaiting.as_view(), name="api-answer-reviews"),
    path(
        "answer-reviews/<uuid:review_id>/verdict",
        AnswerVerdict.as_view(),
        name="api-answer-verdict",
    ),
    path("systems/<slug:slug>/label-sets", LabelSets.as_view(), name="api-label-sets"),
    path("systems/<slug:slug>/answer-slices", AnswerSlices.as_view(), name="api-answer-slices"),
    path("systems/<slug:slug>/answers/<str:key>/", AnswerOne.as_view(), name="api-answer"),
    path("systems/<slug:slug>/answers/<str:key>/looks", AnswerLooks.as_view(), name="api-looks"),
    path(
        "systems/<slug:slug>/answers/<str:key>/reviews",
        AnswerReviews.as_view(),
        name="api-answer-reviews-of",
    ),
    path("kpis/", KpiList.as_view(), name="api-kpis"),
    path("kpis/<slug:kpi_id>/", KpiDetail.as_view(), name="api-kpi"),
    path("kpis/<slug:kpi_id>/proposal", KpiProposal.as_view(), name="api-kpi-proposal"),
    path("kpis/<slug:kpi_id>/definitions", KpiDefinitions.as_view(), name="api-kpi-definitions"),
    path("kpi-drafts/", KpiDrafts.as_view(), name="api-kpi-drafts"),
    path(
        "kpi-drafts/<uuid:definition_id>/approve",
        KpiDraftApprove.as_view(),
        name="api-kpi-draft-approve",
    ),
    path(
        "kpi-drafts/<uuid:definition_id>/decline",
        KpiDraftDecline.as_view(),
        name="api-kpi-draft-decline",
    ),
    path("kpi-templates/", KpiTemplates.as_view(), name="api-kpi-templates"),
    path("systems/<slug:slug>/scorecard", SystemScorecard.as_view(), name="api-system-scorecard"),
    path(
        "systems/<slug:slug>/computations/",
        SystemComputations.as_view(),
        name="api-system-computations",
    ),
    path(
        "systems/<slug:slug>/computations/<uuid:computation_id>/stop",
        ComputationStop.as_view(),
        name="api-computation-stop",
    ),
    path(
        "systems/<slug:slug>/computations/<uuid:computation_id>/resume",
        ComputationResume.as_view(),
        name="api-computation-resume",
    ),
    path("stored", Stored.as_view(), name="api-stored"),
    path("series/", SeriesList.as_view(), name="api-series"),
    path("series/<int:series_id>/readings", SeriesReadings.as_view(), name="api-readings"),
]
