"""Rules: thresholds and standings, policies, escalations, committees and decisions."""

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
from governance.models.integrity import IntegrityCause
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
    "Ballot",
    "BreachCause",
    "Checkpoint",
    "Committee",
    "Decision",
    "ElectorSeat",
    "EscalationFiring",
    "Hold",
    "IntegrityCause",
    "MotionAction",
    "NoticeCase",
    "Policy",
    "Recusal",
    "Resolution",
    "Seat",
    "Standing",
    "StepAcknowledgement",
    "Threshold",
    "ThresholdVersion",
    "Watch",
]
