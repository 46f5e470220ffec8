"""How the tables of this floor were at an instant."""

from governance.models import (
    AlertNotice,
    Arrival,
    Backtest,
    Ballot,
    Checkpoint,
    DataFault,
    EscalationFiring,
    Hold,
    IntegrityCause,
    MeasuredLook,
    MetricStream,
    MetricWindow,
    MismatchCause,
    MotionAction,
    MutedCase,
    NoticeCase,
    Recusal,
    Resolution,
    RuleAttestation,
    SpanPart,
    StepAcknowledgement,
)
from ledger.selectors.past import known_from, register, written_as

# A motion is put with its actions and never edited; another wording is another motion.
ACTIONS = """SELECT b.* FROM public.governance_motionaction b
JOIN public.governance_decision d ON d.id = b.decision_id WHERE d.created_at <= {at}"""


def register_past() -> None:
    """Register the sources; the others have their history."""
    register(AlertNotice, known_from("received_at"))
    # What doors carry from request to request, and aids for who sets up a sender: no record.
    for model in (Arrival, MetricStream, MetricWindow, SpanPart):
        nothing = f"SELECT * FROM public.{model._meta.db_table} WHERE false"  # noqa: S608
        register(model, written_as(nothing))
    register(Backtest, known_from("asked_at", later=("finished_at",)))
    register(RuleAttestation, known_from("at"))
    register(Ballot, known_from("at"))
    register(Recusal, known_from("at"))
    register(Resolution, known_from("at"))
    register(EscalationFiring, known_from("fired_at"))
    register(StepAcknowledgement, known_from("at"))
    register(Hold, known_from("set_at", later=("ended_at",)))
    register(NoticeCase, known_from("at"))
    register(IntegrityCause, known_from("joined_at"))
    register(MutedCase, known_from("joined_at"))
    register(DataFault, known_from("joined_at"))
    register(MismatchCause, known_from("joined_at"))
    register(MotionAction, written_as(ACTIONS))
    # What the evaluator goes back to for a late reading: never shown.
    register(Checkpoint, written_as("SELECT * FROM public.governance_checkpoint WHERE false"))
    # Made anew by every look; what it came to has its history.
    register(MeasuredLook, written_as("SELECT * FROM public.governance_measuredlook WHERE false"))
