"""Addresses of this floor's API, below /api/v1/."""

from django.urls import path

from incidents.api.acceptances import (
    AcceptanceDetail,
    AcceptanceList,
    ProposalList,
    ProposalReject,
)
from incidents.api.actions import ActionReceipts, SystemState
from incidents.api.clocks import (
    ClockList,
    CounselDates,
    IncidentClocks,
    IncidentReportDrafts,
)
from incidents.api.comments import (
    CommentFiles,
    CommentWithdrawals,
    IncidentComments,
    IncidentLinks,
    IncidentLook,
    IncidentPeople,
)
from incidents.api.containments import ContainmentReceipts, IncidentHeld
from incidents.api.families import IncidentAsk, IncidentFamily, IncidentParts
from incidents.api.holidays import CalendarDays, CalendarHolidays, HolidayChoices
from incidents.api.incidents import (
    IncidentCommand,
    IncidentDetail,
    IncidentList,
    TransitionTable,
)
from incidents.api.notes import IncidentNotes, NoteAgreement, NoteReleases
from incidents.api.probes import SystemProbes
from incidents.api.programmes import Programme, ProgrammeBatches, ProgrammeSignatures
from incidents.api.tickets import IncidentTickets, TicketNotes

urlpatterns = [
    path("incidents/", IncidentList.as_view(), name="api-incidents"),
    path("incidents/<str:number>/", IncidentDetail.as_view(), name="api-incident"),
    path(
        "incidents/<str:number>/commands/<slug:command>",
        IncidentCommand.as_view(),
        name="api-incident-command",
    ),
    path("clocks", ClockList.as_view(), name="api-clocks"),
    path("clock-rules/<slug:rule>/counsel-date", CounselDates.as_view(), name="api-counsel-date"),
    path("incidents/<str:number>/clocks", IncidentClocks.as_view(), name="api-incident-clocks"),
    path(
        "incidents/<str:number>/reports/<slug:template>",
        IncidentReportDrafts.as_view(),
        name="api-report-drafts",
    ),
    path("incidents/<str:number>/notes", IncidentNotes.as_view(), name="api-incident-notes"),
    path(
        "incidents/<str:number>/notes/<uuid:note_id>/release",
        NoteReleases.as_view(),
        name="api-note-release",
    ),
    path(
        "incidents/<str:number>/notes/<uuid:note_id>/release/agreement",
        NoteAgreement.as_view(),
        name="api-note-agreement",
    ),
    path(
        "incidents/<str:number>/comments/",
        IncidentComments.as_view(),
        name="api-incident-comments",
    ),
    path(
        "incidents/<str:number>/comments/<uuid:comment_id>/withdrawal",
        CommentWithdrawals.as_view(),
        name="api-comment-withdrawal",
    ),
    path(
        "incidents/<str:number>/comments/files/<uuid:file_id>",
        CommentFiles.as_view(),
        name="api-comment-file",
    ),
    path("incidents/<str:number>/links/", IncidentLinks.as_view(), name="api-incident-links"),
    path("incidents/<str:number>/people", IncidentPeople.as_view(), name="api-incident-people"),
    path("incidents/<str:number>/look", IncidentLook.as_view(), name="api-incident-look"),
    path("incidents/<str:number>/parts", IncidentParts.as_view(), name="api-incident-parts"),
    path("incidents/<str:number>/family", IncidentFamily.as_view(), name="api-incident-family"),
    path("incidents/<str:number>/ask/<slug:command>", IncidentAsk.as_view(), name="api-ask"),
    path("holidays", HolidayChoices.as_view(), name="api-holidays"),
    path("calendars/<uuid:calendar_id>/days", CalendarDays.as_view(), name="api-calendar-days"),
    path(
        "calendars/<uuid:calendar_id>/holidays",
        CalendarHolidays.as_view(),
        name="api-calendar-holidays",
    ),
    path("acceptances/", AcceptanceList.as_view(), name="api-acceptances"),
    path("acceptances/<str:number>/", AcceptanceDetail.as_view(), name="api-acceptance"),
    path("acceptance-proposals/", ProposalList.as_view(), name="api-acceptance-proposals"),
    path(
        "acceptance-proposals/<str:number>/rejection",
        ProposalReject.as_view(),
        name="api-acceptance-rejection",
    ),
    path("incidents/<str:number>/held", IncidentHeld.as_view(), name="api-incident-held"),
    path(
        "containments/<uuid:containment_id>/receipts",
        ContainmentReceipts.as_view(),
        name="api-containment-receipts",
    ),
    path("incidents/<str:number>/tickets", IncidentTickets.as_view(), name="api-incident-tickets"),
    path("tickets/<uuid:ticket_id>/notes", TicketNotes.as_view(), name="api-ticket-notes"),
    path("incident-commands", TransitionTable.as_view(), name="api-incident-commands"),
    path("actions/<uuid:action_id>/receipts", ActionReceipts.as_view(), name="api-receipts"),
    path("programmes/<uuid:action_id>", Programme.as_view(), name="api-programme"),
    path(
        "programmes/<uuid:action_id>/batches",
        ProgrammeBatches.as_view(),
        name="api-programme-batches",
    ),
    path(
        "programmes/<uuid:action_id>/signatures",
        ProgrammeSignatures.as_view(),
        name="api-programme-signatures",
    ),
    path("systems/<slug:slug>/probes", SystemProbes.as_view(), name="api-system-probes"),
    path("systems/<slug:slug>/state", SystemState.as_view(), name="api-system-state"),
]
