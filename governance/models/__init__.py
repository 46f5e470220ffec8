"""Rules: thresholds and standings, policies, escalations, committees and decisions."""

from governance.models.backtests import Backtest, RuleAttestation
from governance.models.committee import (
    Ballot,
    Committee,
    Decision,
    ElectorSeat,
    MotionAction,
    Recusal,
    Resolution,
    Seat,
)
from governance.models.doors import (
    AlertNotice,
    Arrival,
    MetricMapping,
    MetricStream,
    MetricWindow,
    OtlpDoor,
    ServiceName,
    SpanPart,
)
from governance.models.integrity import IntegrityCause
from governance.models.measured import (
    ErrorBudget,
    GuardrailPair,
    MeasuredLook,
    MeasuredStanding,
    TrendRule,
)
from governance.models.mismatches import MismatchCause
from governance.models.mutes import DataFault, Mute, MutedCase
from governance.models.notices import NoticeCase
from governance.models.policies import EscalationFiring, Policy, StepAcknowledgement
from governance.models.thresholds import (
    BreachCause,
    Checkpoint,
    Hold,
    Standing,
    Threshold,
    ThresholdVersion,
    Watch,
)

__all__ = [
    "AlertNotice",
    "Arrival",
    "Backtest",
    "Ballot",
    "BreachCause",
    "Checkpoint",
    "Committee",
    "DataFault",
    "Decision",
    "ElectorSeat",
    "ErrorBudget",
    "EscalationFiring",
    "GuardrailPair",
    "Hold",
    "IntegrityCause",
    "MeasuredLook",
    "MeasuredStanding",
    "MetricMapping",
    "MetricStream",
    "MetricWindow",
    "MismatchCause",
    "MotionAction",
    "Mute",
    "MutedCase",
    "NoticeCase",
    "OtlpDoor",
    "Policy",
    "Recusal",
    "Resolution",
    "RuleAttestation",
    "Seat",
    "ServiceName",
    "SpanPart",
    "Standing",
    "StepAcknowledgement",
    "Threshold",
    "ThresholdVersion",
    "TrendRule",
    "Watch",
]
