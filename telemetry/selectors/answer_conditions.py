"""The list of answers in SQL: the newest rows of many systems, and what a filter asks of one."""

# Each system's newest rows by its own key, then the newest of those: no sort of a whole month.
ROWS = """
SELECT found.system_id, found.at, found.event_id
  FROM unnest(%(systems)s::uuid[]) AS one(id) CROSS JOIN LATERAL (
    SELECT e.system_id, e.at, e.event_id FROM telemetry_decision_event e
     WHERE e.system_id = one.id AND e.at >= %(since)s AND e.at <= %(until)s {where}
     ORDER BY e.at DESC, e.event_id DESC LIMIT %(limit)s
  ) found ORDER BY found.at DESC, found.system_id DESC, found.event_id DESC LIMIT %(limit)s
"""
TOGETHER = """
SELECT * FROM ({parts}) found(system_id, at, event_id)
 ORDER BY at DESC, system_id DESC, event_id DESC LIMIT %(limit)s
"""
ONE = "SELECT %(system)s::uuid, %(at)s::timestamptz, %(event_id)s::text"
# The events of some keys whole, and the newest label of each kind that a list shows of them.
LABELLED = """
SELECT {columns}, (
    SELECT jsonb_object_agg(l.kind, l.value ORDER BY l.labelled_at, l.reviewer COLLATE "C")
      FROM telemetry_event_label l
     WHERE l.system_id = e.system_id AND l.at = e.at AND l.event_id = e.event_id
       AND l.kind = ANY(%(kinds)s)
  )
  FROM ({keys}) wanted(system_id, at, event_id) JOIN telemetry_decision_event e
    ON e.system_id = wanted.system_id AND e.at = wanted.at AND e.event_id = wanted.event_id
 ORDER BY e.at DESC, e.system_id DESC, e.event_id DESC
"""
# An event says so by its newest label, else by itself. Who could say so is found first, since the
# newest label is a look-up for each row.
SAID = """((e.{kind}::text = {value} OR (e.system_id, e.at, e.event_id) IN (
    SELECT m.system_id, m.at, m.event_id FROM telemetry_event_label m
     WHERE m.system_id = ANY(%(systems)s::uuid[]) AND m.at >= %(since)s AND m.at <= %(until)s
       AND m.kind = '{kind}' AND m.value #>> '{{}}' = {value}))
  AND coalesce((SELECT l.value #>> '{{}}' FROM telemetry_event_label l
    WHERE l.system_id = e.system_id AND l.at = e.at AND l.event_id = e.event_id
      AND l.kind = '{kind}' ORDER BY l.labelled_at DESC, l.reviewer DESC LIMIT 1),
    e.{kind}::text) = {value})"""
REACTED = SAID.format(kind="feedback", value="%(reaction)s")
CONDITIONS = {
    "version": "AND e.version_label = %(version)s",
    "topic": "AND e.topic = %(topic)s",
    "outcome": f"AND {SAID.format(kind='outcome', value='%(outcome)s')}",
    "reaction": f"AND {REACTED}",
    "segment": "AND e.segment ->> %(segment_key)s = %(segment_part)s",
}
SPECIAL = {
    "overridden": "AND " + SAID.format(kind="overridden", value="'true'"),
    "escalated": f"AND (e.escalated OR {REACTED})",
    "skipped": f"AND (e.skipped OR {REACTED})",
}
AFTER = """AND (e.at, e.system_id, e.event_id)
  < (%(after_at)s, %(after_system)s::uuid, %(after_id)s)"""
