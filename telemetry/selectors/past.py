"""How readings and events were at an instant: what had been received by then, however late."""

from ledger.selectors.past import field_before, known_from, register, unchanged, written_as
from telemetry.models import (
    Batch,
    DecisionEvent,
    Heartbeat,
    Kpi,
    Measurement,
    OpenWindow,
    QuarantinedReading,
    Series,
    SeriesState,
)

CADENCE = field_before(
    object_type="series", verb="series.cadence_set", name="cadence_seconds", key="s.id"
)
SERIES = f"""SELECT s.id, s.system_id, s.kpi_id, s.environment, s.segment, s.window_seconds,
  CASE WHEN c.changed THEN c.was::int ELSE s.cadence_seconds END AS cadence_seconds, s.created_at
FROM public.telemetry_series s LEFT JOIN LATERAL {CADENCE} c ON true
WHERE s.created_at <= {{at}}"""  # noqa: S608  names of ours

# What the evaluator carries is not shown anywhere, so it is empty here.
STATE = """SELECT s.id AS series_id, m.window_end, m.revision, m.value, m.n, m.low, m.high, m.good,
  v.window_end AS last_valid_at, m.received_at, NULL::timestamptz AS previous_end, 0 AS stored,
  NULL::uuid AS judged_by, false AS settled, NULL::jsonb AS carried
FROM public.telemetry_series s
JOIN LATERAL (SELECT * FROM public.telemetry_measurement r
  WHERE r.series_id = s.id AND r.received_at <= {at}
  ORDER BY r.window_end DESC, r.revision DESC LIMIT 1) m ON true
LEFT JOIN LATERAL (SELECT r.window_end FROM public.telemetry_measurement r
  WHERE r.series_id = s.id AND r.received_at <= {at} AND r.good
  ORDER BY r.window_end DESC LIMIT 1) v ON true"""


def register_past() -> None:
    """Register the sources; the others have their history."""
    register(Kpi, unchanged())
    register(Series, written_as(SERIES))
    register(SeriesState, written_as(STATE))
    register(Measurement, known_from("received_at"))
    register(DecisionEvent, known_from("received_at"))
    register(Batch, known_from("received_at"))
    register(Heartbeat, known_from("at"))
    register(QuarantinedReading, known_from("received_at", later=("released_at", "expired_at")))
    register(OpenWindow, written_as("SELECT * FROM public.telemetry_openwindow WHERE false"))
