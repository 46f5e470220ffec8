"""How the tables of this floor were at an instant."""

from django.db.models import Model

from incidents.models import (
    ActionReceipt,
    Ask,
    CaseLook,
    ClockFact,
    Comment,
    CommentFile,
    CommentMention,
    CommentWithdrawal,
    CounselDate,
    Course,
    Evidence,
    EvidenceLink,
    Findings,
    FirstAssessment,
    Incident,
    IncidentLink,
    NoteRelease,
    Participation,
    PastCycle,
    PrivilegedNote,
    ProbeState,
    ProgrammeBatch,
    Questions,
    Reconciliation,
    ReportDraft,
    Submission,
    Transition,
    Validation,
)
from ledger.selectors.past import known_from, register, with_history, written_as
from outbox.models import Ticket


def register_past() -> None:
    """Register the sources; the others have their history.

    A plan is replaced, never changed: its text is told from today's by its hash.
    """
    plan = "CASE WHEN b.plan_sha256 = h.plan_sha256 THEN b.plan ELSE '' END"
    register(Incident, with_history(plan=plan))
    register(Transition, known_from("at"))
    register(Participation, known_from("at"))
    register(Questions, known_from("answered_at"))
    register(FirstAssessment, known_from("written_at"))
    register(Findings, known_from("submitted_at"))
    register(Evidence, known_from("added_at"))
    register(Validation, known_from("validated_at"))
    register(ActionReceipt, known_from("at"))
    register(PrivilegedNote, known_from("made_at"))
    register(PastCycle, known_from("reopened_at"))
    register(ClockFact, known_from("stated_at"))
    register(CounselDate, known_from("stated_at"))
    register(ReportDraft, known_from("made_at"))
    register(Submission, known_from("recorded_at"))
    register(ProgrammeBatch, known_from("recorded_at"))
    register(Reconciliation, known_from("signed_at"))
    # When an endpoint is asked next: no record.
    register(ProbeState, written_as(nothing_of(ProbeState)))
    # Somebody else's record; pages of the past do not tell of it.
    register(Ticket, written_as(nothing_of(Ticket)))
    # Drawn from transitions, which are read themselves at an earlier instant.
    register(Course, written_as(nothing_of(Course)))
    register(IncidentLink, known_from("at"))
    _register_talk()


def _register_talk() -> None:
    """Register what people say to each other beside the steps of a case."""
    register(Ask, known_from("at"))
    register(NoteRelease, known_from("at"))
    register(Comment, known_from("made_at"))
    register(CommentWithdrawal, known_from("at"))
    register(CommentMention, known_from("at"))
    register(CommentFile, known_from("added_at"))
    register(EvidenceLink, known_from("added_at"))
    # Who has seen what by now: no record.
    register(CaseLook, written_as(nothing_of(CaseLook)))


def nothing_of(model: type[Model]) -> str:
    """Return SQL for a table of which nothing is told at an earlier instant."""
    return f"SELECT * FROM public.{model._meta.db_table} WHERE false"  # noqa: S608
