"""Readings: KPIs, series, measurements, decision events, what is computed of them."""

from telemetry.models.computations import Computation, OpenWindow
from telemetry.models.events import DecisionEvent, Heartbeat
from telemetry.models.kpis import Kpi
from telemetry.models.readings import Batch, Measurement, QuarantinedReading
from telemetry.models.series import Series, SeriesState

__all__ = [
    "Batch",
    "Computation",
    "DecisionEvent",
    "Heartbeat",
    "Kpi",
    "Measurement",
    "OpenWindow",
    "QuarantinedReading",
    "Series",
    "SeriesState",
]
