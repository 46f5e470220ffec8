"""The SQL of the figures: one row a case, then counts, then percentiles, each by groups."""

from incidents.rules.figures import ACKNOWLEDGE, CONTAIN, DECIDE, DETECT, RESOLVE, ROLL_BACK, STOP

NONE_FALSE = "SELECT NULL::uuid WHERE false"
"""The false alarms where the caller knows of none: SQL for the ids of incidents."""

MONTH = "to_char(detected_at AT TIME ZONE 'UTC', 'YYYY-MM')"
KEYS = {
    "system": "system_id::text",
    "unit": "unit_id::text",
    "severity": "severity::text",
    "month": MONTH,
}
"""What the groups are told apart by, as text."""

# A stage that was left and had a deadline, which the transition found. An acknowledgement that
# lapsed ended no stage: the time for the findings ran on, and is judged when they are submitted.
ENDED_STAGE = (
    "t.from_state <> t.to_state AND t.payload ->> 'stage_due_at' IS NOT NULL"
    " AND t.command <> 'ack_lapse'"
)

CASES = """
WITH instant AS (SELECT %s::timestamptz AS at), shown AS MATERIALIZED (
  SELECT chosen.*, {month} AS month, {key} AS key FROM ({shown}) chosen
), walked AS (
  SELECT t.incident_id,
    min(t.at) FILTER (WHERE t.from_state = 'OPEN'
      AND t.command IN ('acknowledge', 'answer_silenced')) AS acknowledged_at,
    min(t.at) FILTER (WHERE t.to_state = 'DECISION' AND t.from_state <> 'DECISION') AS asked_at,
    min(t.at) FILTER (WHERE t.from_state = 'DECISION'
      AND t.command IN ('adopt', 'keep_running', 'accept_risk')) AS decided_at,
    max(t.at) FILTER (WHERE t.to_state = 'CLOSED' AND t.from_state <> 'CLOSED') AS closed_at,
    bool_or(t.from_state = 'CLOSED' AND t.to_state <> 'CLOSED') AS was_reopened,
    bool_or(t.to_state = 'CANCELLED'
      AND t.payload ->> 'ground' IN ('false_positive', 'data_fault')) AS was_false,
    count(*) FILTER (WHERE t.command = 'submit_findings') AS submissions,
    count(*) FILTER (WHERE t.command = 'return_to_owner') AS returns,
    count(*) FILTER (WHERE t.from_state = 'VERIFICATION' AND t.to_state <> 'VERIFICATION')
      AS verifications,
    count(*) FILTER (WHERE t.command = 'verification_failed') AS failures,
    count(*) FILTER (WHERE {ended}) AS stages,
    count(*) FILTER (WHERE {ended} AND t.at > (t.payload ->> 'stage_due_at')::timestamptz)
      AS late_stages
  FROM incidents_transition t JOIN shown s ON s.id = t.incident_id GROUP BY t.incident_id
), alarms AS (SELECT DISTINCT one.id FROM ({alarms}) one(id)
), cases AS (
  SELECT s.*, w.*, i.at AS now, a.id IS NOT NULL AS is_voided,
    s.state NOT IN ('CLOSED', 'CANCELLED') AS is_open,
    NOT s.drill AND s.state <> 'CANCELLED' AS counts,
    (s.state NOT IN ('CLOSED', 'CANCELLED') AND coalesce(s.stage_due_at < i.at, false))::int
      AS is_late
  FROM shown s CROSS JOIN instant i
  LEFT JOIN walked w ON w.incident_id = s.id LEFT JOIN alarms a ON a.id = s.id
)
"""
"""One row a case: how far it got and when, how often it went back; {shown} selects the cases."""

RATES = """
SELECT GROUPING(month, key), coalesce(month, key, ''),
  count(*) FILTER (WHERE counts), count(*) FILTER (WHERE counts AND is_open),
  count(*) FILTER (WHERE drill), count(*) FILTER (WHERE NOT drill AND NOT counts),
  count(*) FILTER (WHERE counts AND was_reopened),
  count(*) FILTER (WHERE counts AND closed_at IS NOT NULL),
  coalesce(sum(late_stages + is_late) FILTER (WHERE counts), 0)::int,
  coalesce(sum(stages + is_late) FILTER (WHERE counts), 0)::int,
  coalesce(sum(returns) FILTER (WHERE counts), 0)::int,
  coalesce(sum(submissions) FILTER (WHERE counts), 0)::int,
  coalesce(sum(failures) FILTER (WHERE counts), 0)::int,
  coalesce(sum(verifications) FILTER (WHERE counts), 0)::int,
  count(*) FILTER (WHERE NOT drill AND (was_false OR is_voided)), count(*) FILTER (WHERE NOT drill)
FROM cases GROUP BY GROUPING SETS ((), (month), (key))
"""

# When the harm was kept from going on: the earliest of a stop at once, an action carried out that
# contains, and the owner's word that it is contained.
CONTAINED = """
, contained AS (
  SELECT one.incident_id, min(one.at) AS contained_at FROM (
    SELECT incident_id, at FROM incidents_containment
    UNION ALL SELECT incident_id, confirmed_at FROM incidents_action
      WHERE state = 'confirmed' AND type IN ('rollback', 'pin', 'suspend', 'restrict', 'retire')
    UNION ALL SELECT incident_id, written_at FROM incidents_firstassessment WHERE contained
  ) one JOIN shown s ON s.id = one.incident_id GROUP BY one.incident_id
)
"""

OF_CASES = f"""
  SELECT c.month, c.key, m.measure, m.since, m.until, m.runs FROM cases c
  LEFT JOIN contained h ON h.incident_id = c.id
  CROSS JOIN LATERAL (VALUES
    ('{DETECT}', true, c.onset_at, c.detected_at, false),
    ('{ACKNOWLEDGE}', true, c.detected_at, c.acknowledged_at, c.is_open),
    ('{CONTAIN}', NOT c.is_voided, c.detected_at, h.contained_at, false),
    ('{RESOLVE}', NOT c.is_voided, c.detected_at, CASE WHEN NOT c.is_open THEN c.closed_at END,
      c.is_open),
    ('{DECIDE}', c.asked_at IS NOT NULL, c.asked_at, c.decided_at, c.is_open)
  ) m(measure, applies, since, until, runs)
  WHERE c.counts AND m.applies
"""  # noqa: S608  names of ours

# From when an action went out, or was ordered where a person carries it out.
OF_ACTIONS = f"""
  SELECT c.month, c.key, CASE a.type WHEN 'rollback' THEN '{ROLL_BACK}' ELSE '{STOP}' END,
    coalesce(a.dispatched_at, a.ordered_at),
    CASE WHEN a.state = 'confirmed' THEN a.confirmed_at END, a.state IN ('ordered', 'dispatched')
  FROM incidents_action a JOIN cases c ON c.id = a.incident_id
  WHERE c.counts AND a.state <> 'cancelled'
    AND a.type IN ('rollback', 'suspend', 'restrict', 'retire')
  UNION ALL
  SELECT c.month, c.key, '{STOP}', h.at, h.confirmed_at, h.state <> 'lifted'
  FROM incidents_containment h JOIN cases c ON c.id = h.incident_id WHERE c.counts
"""  # noqa: S608  names of ours

PERCENTILES = "percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY seconds)"
"""The nearest rank: of n times the one at place ceil(p n)."""

SPREAD = f"""
SELECT GROUPING(month, key), coalesce(month, key, ''), measure, count(*), count(seconds),
  count(seconds) FILTER (WHERE runs),
  min(seconds) FILTER (WHERE runs), max(seconds) FILTER (WHERE runs),
  {PERCENTILES}
FROM (
  -- The greatest of nothing and zero would be zero: what is not known stays unknown.
  SELECT month, key, measure, runs AND until IS NULL AS runs,
    CASE WHEN coalesce(until, CASE WHEN runs THEN i.at END) < since THEN 0
      ELSE extract(epoch FROM coalesce(until, CASE WHEN runs THEN i.at END) - since)::float8
    END AS seconds
  FROM ({OF_CASES} UNION ALL {OF_ACTIONS}) event CROSS JOIN instant i
) one GROUP BY GROUPING SETS ((measure), (measure, month), (measure, key))
"""  # noqa: S608  names of ours
"""Times and how they spread; what runs counts with its time so far."""

DURATIONS = CONTAINED + SPREAD
