"""How readings and events were at an instant: what had been received by then, however late."""

from ledger.selectors.past import field_before, known_from, register, unchanged, written_as
from telemetry.models import (
    AnswerLook,
    Batch,
    CanaryRun,
    ConnectorRun,
    ConnectorState,
    DailyRollup,
    DecisionEvent,
    DoorRun,
    DoorState,
    EventLabel,
    Heartbeat,
    Histogram,
    Kpi,
    KpiTemplate,
    Measurement,
    OpenWindow,
    QuarantinedReading,
    Series,
    SeriesRetirement,
    SeriesState,
    Tally,
    TallyScope,
    Upload,
    UploadChunk,
    UploadFault,
    VoidedReading,
)

CADENCE = field_before(
    object_type="series", verb="series.cadence_set", name="cadence_seconds", key="s.id"
)
SERIES = f"""SELECT s.id, s.system_id, s.kpi_id, s.environment, s.segment, s.window_seconds,
  CASE WHEN c.changed THEN c.was::int ELSE s.cadence_seconds END AS cadence_seconds, s.created_at
FROM public.telemetry_series s LEFT JOIN LATERAL {CADENCE} c ON true
WHERE s.created_at <= {{at}}"""  # noqa: S608  names of ours

# The shipped ones have no day; an own one is there from the approval of its first definition on.
KPIS = """SELECT k.* FROM public.telemetry_kpi k WHERE NOT k.own OR EXISTS (
  SELECT 1 FROM public.telemetry_kpidefinition d
  WHERE d.key = k.id AND d.state IN ('active', 'superseded') AND d.decided_at <= {at})"""

# What the evaluator carries is not shown anywhere, so it is empty here. Sums by day have no past:
# every day is read anew.
STATE = """SELECT s.id AS series_id, m.window_end, m.revision, m.value, m.n, m.low, m.high, m.good,
  v.window_end AS last_valid_at, m.received_at, NULL::timestamptz AS previous_end, 0 AS stored,
  date '0001-01-01' AS dirty_from, NULL::uuid AS judged_by, false AS settled, NULL::jsonb AS carried
FROM public.telemetry_series s
JOIN LATERAL (SELECT * FROM public.telemetry_measurement r
  WHERE r.series_id = s.id AND r.received_at <= {at}
  ORDER BY r.window_end DESC, r.revision DESC LIMIT 1) m ON true
LEFT JOIN LATERAL (SELECT r.window_end FROM public.telemetry_measurement r
  WHERE r.series_id = s.id AND r.received_at <= {at} AND r.good
  ORDER BY r.window_end DESC LIMIT 1) v ON true"""

# Where workers and the evaluator stand now: of no past instant.
WORKING = (ConnectorState, DoorState, DailyRollup, OpenWindow, TallyScope, Tally)


def register_past() -> None:
    """Register the sources; the others have their history."""
    for working in WORKING:
        register(working, written_as(f"SELECT * FROM public.{working._meta.db_table} WHERE false"))  # noqa: S608  a table of ours
    register(Kpi, written_as(KPIS))
    register(KpiTemplate, unchanged())
    register(Series, written_as(SERIES))
    register(SeriesState, written_as(STATE))
    register(Measurement, known_from("received_at"))
    register(DecisionEvent, known_from("received_at"))
    register(EventLabel, known_from("received_at"))
    register(AnswerLook, known_from("looked_at"))
    register(Batch, known_from("received_at"))
    register(ConnectorRun, known_from("started_at"))
    register(DoorRun, known_from("at"))
    register(Upload, known_from("uploaded_at"))
    register(UploadChunk, unchanged())
    register(UploadFault, unchanged())
    register(VoidedReading, known_from("voided_at"))
    register(SeriesRetirement, known_from("at"))
    register(CanaryRun, known_from("recorded_at"))
    register(Heartbeat, known_from("at"))
    register(Histogram, known_from("received_at"))
    register(QuarantinedReading, known_from("received_at", later=("released_at", "expired_at")))
