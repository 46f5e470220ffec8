"""How the tables of this floor were at an instant."""

from governance.models import (
    Ballot,
    Checkpoint,
    EscalationFiring,
    Hold,
    IntegrityCause,
    MotionAction,
    NoticeCase,
    Recusal,
    Resolution,
    StepAcknowledgement,
)
from ledger.selectors.past import known_from, register, written_as

# A motion is put with its actions and never edited; another wording is another motion.
ACTIONS = """SELECT b.* FROM public.governance_motionaction b
JOIN public.governance_decision d ON d.id = b.decision_id WHERE d.created_at <= {at}"""


def register_past() -> None:
    """Register the sources; the others have their history."""
    register(Ballot, known_from("at"))
    register(Recusal, known_from("at"))
    register(Resolution, known_from("at"))
    register(EscalationFiring, known_from("fired_at"))
    register(StepAcknowledgement, known_from("at"))
    register(Hold, known_from("set_at", later=("ended_at",)))
    register(NoticeCase, known_from("at"))
    register(IntegrityCause, known_from("joined_at"))
    register(MotionAction, written_as(ACTIONS))
    # What the evaluator goes back to for a late reading: never shown.
    register(Checkpoint, written_as("SELECT * FROM public.governance_checkpoint WHERE false"))
