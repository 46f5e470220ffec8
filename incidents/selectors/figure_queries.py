"""The SQL of the figures: one row a case, then counts, then percentiles, each by groups."""

from incidents.rules.figures import (
    ACKNOWLEDGE,
    CONTAIN,
    DECIDE,
    DETECT,
    DURATIONS,
    RESOLVE,
    ROLL_BACK,
    STOP,
)

NONE_FALSE = "SELECT NULL::uuid WHERE false"
"""The false alarms where the caller knows of none: SQL for the ids of incidents."""

# Counted from the year 0: a number is sorted and grouped at a fraction of what a text costs.
MONTH = (
    "(extract(year FROM detected_at AT TIME ZONE 'UTC') * 12"
    " + extract(month FROM detected_at AT TIME ZONE 'UTC') - 1)::int"
)
KEYS = {"system": "system_id", "unit": "unit_id", "severity": "severity", "month": MONTH}
"""What the groups are told apart by."""

# A stage that was left and had a deadline, which the transition found. An acknowledgement that
# lapsed ended no stage: the time for the findings ran on, and is judged when they are submitted.
ENDED_STAGE = (
    "t.from_state <> t.to_state AND t.payload ->> 'stage_due_at' IS NOT NULL"
    " AND t.command <> 'ack_lapse'"
)

# What the transitions of a case come to; `t` are those of one case or of many.
COURSE = f"""
    min(t.at) FILTER (WHERE t.from_state = 'OPEN'
      AND t.command IN ('acknowledge', 'answer_silenced')) AS acknowledged_at,
    min(t.at) FILTER (WHERE t.to_state = 'DECISION' AND t.from_state <> 'DECISION') AS asked_at,
    min(t.at) FILTER (WHERE t.from_state = 'DECISION'
      AND t.command IN ('adopt', 'keep_running', 'accept_risk')) AS decided_at,
    max(t.at) FILTER (WHERE t.to_state = 'CLOSED' AND t.from_state <> 'CLOSED') AS closed_at,
    bool_or(t.from_state = 'CLOSED' AND t.to_state <> 'CLOSED') AS was_reopened,
    coalesce(bool_or(t.to_state = 'CANCELLED'
      AND t.payload ->> 'ground' IN ('false_positive', 'data_fault')), false) AS was_false,
    count(*) FILTER (WHERE t.command = 'submit_findings') AS submissions,
    count(*) FILTER (WHERE t.command = 'return_to_owner') AS returns,
    count(*) FILTER (WHERE t.from_state = 'VERIFICATION' AND t.to_state <> 'VERIFICATION')
      AS verifications,
    count(*) FILTER (WHERE t.command = 'verification_failed') AS failures,
    count(*) FILTER (WHERE {ENDED_STAGE}) AS stages,
    count(*) FILTER (WHERE {ENDED_STAGE}
      AND t.at > (t.payload ->> 'stage_due_at')::timestamptz) AS late_stages
"""  # noqa: S608  names of ours

COLUMNS = (
    "acknowledged_at, asked_at, decided_at, closed_at, was_reopened, was_false, submissions,"
    " returns, verifications, failures, stages, late_stages"
)

# It ended, and its course was drawn then.
STANDS = "s.state IN ('CLOSED', 'CANCELLED') AND s.stage_entered_at = k.stage_entered_at"

CASES = f"""
WITH instant AS (SELECT %s::timestamptz AS at), shown AS MATERIALIZED (
  SELECT chosen.*, {{month}} AS month, {{key}} AS key FROM ({{shown}}) chosen
), drawn AS (
  SELECT k.* FROM incidents_course k JOIN shown s ON s.id = k.incident_id AND {STANDS}
), walked AS (
  SELECT incident_id, {COLUMNS} FROM drawn
  UNION ALL
  SELECT t.incident_id, {COURSE} FROM incidents_transition t
  JOIN shown s ON s.id = t.incident_id
  WHERE NOT EXISTS (SELECT FROM incidents_course k WHERE k.incident_id = s.id AND {STANDS})
  GROUP BY t.incident_id
), alarms AS (SELECT DISTINCT one.id FROM ({{alarms}}) one(id)
), cases AS MATERIALIZED (
  SELECT s.*, w.*, i.at AS now, a.id IS NOT NULL AS is_voided,
    s.state NOT IN ('CLOSED', 'CANCELLED') AS is_open,
    NOT s.drill AND s.state <> 'CANCELLED' AS counts,
    (s.state NOT IN ('CLOSED', 'CANCELLED') AND coalesce(s.stage_due_at < i.at, false))::int
      AS is_late
  FROM shown s CROSS JOIN instant i
  LEFT JOIN walked w ON w.incident_id = s.id LEFT JOIN alarms a ON a.id = s.id
)
"""  # noqa: S608  names of ours
"""One row a case: how far it got and when, how often it went back; {{shown}} selects the cases.

A case that ended and stands where its course was drawn is not walked through again.
"""

RATES = """
SELECT GROUPING(month, key) AS grouped, month, key::text AS key,
  count(*) FILTER (WHERE counts) AS cases,
  count(*) FILTER (WHERE counts AND is_open) AS still_open,
  count(*) FILTER (WHERE drill) AS drills,
  count(*) FILTER (WHERE NOT drill AND NOT counts) AS withdrawn,
  count(*) FILTER (WHERE counts AND was_reopened) AS reopened,
  count(*) FILTER (WHERE counts AND closed_at IS NOT NULL) AS closed,
  coalesce(sum(late_stages + is_late) FILTER (WHERE counts), 0)::int AS late,
  coalesce(sum(stages + is_late) FILTER (WHERE counts), 0)::int AS stages,
  coalesce(sum(returns) FILTER (WHERE counts), 0)::int AS returns,
  coalesce(sum(submissions) FILTER (WHERE counts), 0)::int AS submissions,
  coalesce(sum(failures) FILTER (WHERE counts), 0)::int AS failures,
  coalesce(sum(verifications) FILTER (WHERE counts), 0)::int AS verifications,
  count(*) FILTER (WHERE NOT drill AND (was_false OR is_voided)) AS false_alarms,
  count(*) FILTER (WHERE NOT drill) AS detected
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

NUMBERS = {name: number for number, name in enumerate(DURATIONS)}
"""The measures by number, as they stand in the rows."""

OF_CASES = f"""
  SELECT c.month, c.key, m.measure, m.since, m.until, m.runs FROM cases c
  LEFT JOIN contained h ON h.incident_id = c.id
  CROSS JOIN LATERAL (VALUES
    ({NUMBERS[DETECT]}, true, c.onset_at, c.detected_at, false),
    ({NUMBERS[ACKNOWLEDGE]}, true, c.detected_at, c.acknowledged_at, c.is_open),
    ({NUMBERS[CONTAIN]}, NOT c.is_voided, c.detected_at, h.contained_at, false),
    ({NUMBERS[RESOLVE]}, NOT c.is_voided, c.detected_at,
      CASE WHEN NOT c.is_open THEN c.closed_at END, c.is_open),
    ({NUMBERS[DECIDE]}, c.asked_at IS NOT NULL, c.asked_at, c.decided_at, c.is_open)
  ) m(measure, applies, since, until, runs)
  WHERE c.counts AND m.applies
"""  # noqa: S608  names of ours

# From when an action went out, or was ordered where a person carries it out.
OF_ACTIONS = f"""
  SELECT c.month, c.key,
    CASE a.type WHEN 'rollback' THEN {NUMBERS[ROLL_BACK]} ELSE {NUMBERS[STOP]} END,
    coalesce(a.dispatched_at, a.ordered_at),
    CASE WHEN a.state = 'confirmed' THEN a.confirmed_at END, a.state IN ('ordered', 'dispatched')
  FROM incidents_action a JOIN cases c ON c.id = a.incident_id
  WHERE c.counts AND a.state <> 'cancelled'
    AND a.type IN ('rollback', 'suspend', 'restrict', 'retire')
  UNION ALL
  SELECT c.month, c.key, {NUMBERS[STOP]}, h.at, h.confirmed_at, h.state <> 'lifted'
  FROM incidents_containment h JOIN cases c ON c.id = h.incident_id WHERE c.counts
"""  # noqa: S608  names of ours

PERCENTILES = "percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY seconds)"
"""The nearest rank: of n times the one at place ceil(p n)."""

SPREAD = f"""
SELECT GROUPING(month, key) AS grouped, month, key::text AS key, measure, count(*) AS applies,
  count(seconds) AS counted, count(seconds) FILTER (WHERE runs) AS running,
  min(seconds) FILTER (WHERE runs) AS shortest, max(seconds) FILTER (WHERE runs) AS longest,
  {PERCENTILES} AS percentiles
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

FIGURES = (
    f"{CONTAINED} SELECT row_to_json(one)::text, NULL FROM ({SPREAD}) one"  # noqa: S608
    f" UNION ALL SELECT NULL, row_to_json(one)::text FROM ({RATES}) one"  # noqa: S608
)
"""Behind CASES: the times and the counts of every group, each row as JSON in a column of its own;
one statement, so that the cases are found once."""

DRAW = f"""
INSERT INTO incidents_course (incident_id, stage_entered_at, {COLUMNS})
SELECT t.incident_id, i.stage_entered_at, {COURSE} FROM incidents_transition t
JOIN incidents_incident i ON i.id = t.incident_id
WHERE t.incident_id = ANY(%s::uuid[]) GROUP BY t.incident_id, i.stage_entered_at
ON CONFLICT (incident_id) DO UPDATE SET stage_entered_at = excluded.stage_entered_at,
  {", ".join(f"{name} = excluded.{name}" for name in COLUMNS.split(", "))}
"""  # noqa: S608  names of ours
"""Draw the courses of cases from their transitions, or draw them anew."""
