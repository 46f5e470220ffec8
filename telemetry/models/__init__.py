"""Readings: KPIs, series, measurements, decision events, what is computed of them."""

from telemetry.models.answers import AnswerLook, AnswerReview
from telemetry.models.baselines import Baseline, Pause
from telemetry.models.canaries import CanaryRun, CanarySet
from telemetry.models.computations import Computation, OpenWindow
from telemetry.models.connectors import (
    Connector,
    ConnectorRun,
    ConnectorState,
    Upload,
    UploadChunk,
    UploadFault,
)
from telemetry.models.doors import DoorRun, DoorState
from telemetry.models.events import DecisionEvent, EventLabel, Heartbeat
from telemetry.models.histograms import Histogram
from telemetry.models.kpis import Kpi, KpiDefinition, KpiTemplate, Perspective
from telemetry.models.readings import Batch, Measurement, QuarantinedReading
from telemetry.models.rollups import DailyRollup
from telemetry.models.scorecards import Scorecard, ScorecardLine
from telemetry.models.series import Series, SeriesState
from telemetry.models.tallies import Tally, TallyScope
from telemetry.models.voids import SeriesRetirement, VoidedReading, VoidRequest

__all__ = [
    "AnswerLook",
    "AnswerReview",
    "Baseline",
    "Batch",
    "CanaryRun",
    "CanarySet",
    "Computation",
    "Connector",
    "ConnectorRun",
    "ConnectorState",
    "DailyRollup",
    "DecisionEvent",
    "DoorRun",
    "DoorState",
    "EventLabel",
    "Heartbeat",
    "Histogram",
    "Kpi",
    "KpiDefinition",
    "KpiTemplate",
    "Measurement",
    "OpenWindow",
    "Pause",
    "Perspective",
    "QuarantinedReading",
    "Scorecard",
    "ScorecardLine",
    "Series",
    "SeriesRetirement",
    "SeriesState",
    "Tally",
    "TallyScope",
    "Upload",
    "UploadChunk",
    "UploadFault",
    "VoidRequest",
    "VoidedReading",
]
