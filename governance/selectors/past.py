"""How the tables of this floor were at an instant."""

from governance.models import (
    AlertNotice,
    Arrival,
    Attendance,
    Backtest,
    Ballot,
    BallotVoid,
    Call,
    CallAnswer,
    Checkpoint,
    Countersignature,
    DataFault,
    DissentStatement,
    EngineBeat,
    EngineVersion,
    EscalationFiring,
    Hold,
    IntegrityCause,
    MeasuredLook,
    MeetingDemand,
    MetricStream,
    MetricWindow,
    MinutesAddendum,
    MinutesNarrative,
    MismatchCause,
    MotionAction,
    MutedCase,
    NoticeCase,
    OnCallFetch,
    OnCallRota,
    OrderDrill,
    OrderVote,
    RecordedVote,
    Recusal,
    RequestAnswer,
    RequestEvidence,
    RequestQuestion,
    RequestScope,
    Resolution,
    RuleAttestation,
    SignedItem,
    SigningList,
    SpanPart,
    StepAcknowledgement,
)
from ledger.selectors.past import known_from, register, with_history, written_as

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
    for act in (Ballot, BallotVoid, Recusal):
        register(act, known_from("at"))
    register(OrderVote, known_from("at"))
    register(OrderDrill, known_from("at"))
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
    _register_requests()
    _register_on_call()
    _register_meetings()


def _register_requests() -> None:
    register(RequestScope, known_from("at"))
    register(RequestQuestion, known_from("at"))
    register(RequestAnswer, known_from("answered_at"))
    register(RequestEvidence, known_from("added_at"))


def _register_on_call() -> None:
    register(Call, known_from("at"))
    register(CallAnswer, known_from("at"))
    register(EngineVersion, known_from("taken_at"))
    register(OnCallRota, with_history(sealed_url="''::bytea"))
    # How processes and the reading of calendars go: no record.
    for model in (EngineBeat, OnCallFetch):
        nothing = f"SELECT * FROM public.{model._meta.db_table} WHERE false"  # noqa: S608
        register(model, written_as(nothing))


def _register_meetings() -> None:
    for model in (
        Attendance,
        Countersignature,
        DissentStatement,
        MeetingDemand,
        MinutesAddendum,
        MinutesNarrative,
        RecordedVote,
        SignedItem,
        SigningList,
    ):
        register(model, known_from("at"))
