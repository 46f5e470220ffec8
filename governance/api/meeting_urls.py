"""Addresses of meetings, minutes and lists, below /api/v1/."""

from django.urls import path

from governance.api.meetings import (
    AgendaItemLift,
    AgendaItemNote,
    BallotLists,
    MeetingAttendance,
    MeetingCancellation,
    MeetingConsent,
    MeetingDetail,
    MeetingEnding,
    MeetingItems,
    MeetingList,
    MeetingOpening,
    SmallCases,
)
from governance.api.procedure import (
    MinutesAddenda,
    MinutesDetail,
    MinutesNarratives,
    MinutesSignature,
    MotionCountersignature,
    MotionDissents,
    MotionMeetingDemands,
    MotionRecordedDecisionCertificate,
    MotionRecordedDecisionRefusal,
    MotionRecordedDecisions,
    MotionRecordedVotes,
)

OUTSIDE = "motions/<str:number>/recorded-decisions"

urlpatterns = [
    path("meetings/", MeetingList.as_view()),
    path("meetings/<str:number>/", MeetingDetail.as_view()),
    path("meetings/<str:number>/items", MeetingItems.as_view()),
    path("meetings/<str:number>/items/<uuid:item_id>/lift", AgendaItemLift.as_view()),
    path("meetings/<str:number>/items/<uuid:item_id>/note", AgendaItemNote.as_view()),
    path("meetings/<str:number>/open", MeetingOpening.as_view()),
    path("meetings/<str:number>/end", MeetingEnding.as_view()),
    path("meetings/<str:number>/cancel", MeetingCancellation.as_view()),
    path("meetings/<str:number>/attendance", MeetingAttendance.as_view()),
    path("meetings/<str:number>/consent", MeetingConsent.as_view()),
    path("ballot-lists", BallotLists.as_view()),
    path("small-cases", SmallCases.as_view()),
    path("motions/<str:number>/meeting-demands", MotionMeetingDemands.as_view()),
    path("motions/<str:number>/recorded-votes", MotionRecordedVotes.as_view()),
    path(
        "motions/<str:number>/recorded-votes/<int:recorded_id>/countersign",
        MotionCountersignature.as_view(),
    ),
    path("motions/<str:number>/dissents", MotionDissents.as_view()),
    path(OUTSIDE, MotionRecordedDecisions.as_view()),
    path(f"{OUTSIDE}/<uuid:recorded_id>/certify", MotionRecordedDecisionCertificate.as_view()),
    path(f"{OUTSIDE}/<uuid:recorded_id>/refuse", MotionRecordedDecisionRefusal.as_view()),
    path("minutes/<str:number>/", MinutesDetail.as_view()),
    path("minutes/<str:number>/sign", MinutesSignature.as_view()),
    path("minutes/<str:number>/addenda", MinutesAddenda.as_view()),
    path("minutes/<str:number>/narratives", MinutesNarratives.as_view()),
]
