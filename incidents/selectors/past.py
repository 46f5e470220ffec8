"""How the tables of this floor were at an instant."""

from incidents.models import (
    ActionReceipt,
    Evidence,
    Findings,
    FirstAssessment,
    Incident,
    Participation,
    PrivilegedNote,
    Questions,
    Transition,
    Validation,
)
from ledger.selectors.past import known_from, register, with_history


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
