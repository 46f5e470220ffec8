"""State equals the newest transition at commit; transitions, acts and receipts are append-only."""

from django.db import migrations

from ledger.append_only import Grouped, append_only

STATE_TRIGGER = """
CREATE FUNCTION incidents_state_equals_transition() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  wanted uuid;
  present record;
  newest record;
BEGIN
  IF TG_TABLE_NAME = 'incidents_incident' THEN wanted := NEW.id;
  ELSE wanted := NEW.incident_id; END IF;
  SELECT state, version INTO present FROM incidents_incident WHERE id = wanted;
  SELECT to_state, version INTO newest FROM incidents_transition
    WHERE incident_id = wanted ORDER BY version DESC LIMIT 1;
  IF present.state IS DISTINCT FROM newest.to_state
     OR present.version IS DISTINCT FROM newest.version THEN
    RAISE EXCEPTION 'incident % stands at % v%, its newest transition at % v%',
      wanted, present.state, present.version, newest.to_state, newest.version
      USING ERRCODE = 'check_violation', CONSTRAINT = 'state_equals_transition',
            TABLE = 'incidents_incident';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER incidents_state_equals_transition
  AFTER INSERT OR UPDATE OF state, version ON incidents_incident
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  EXECUTE FUNCTION incidents_state_equals_transition();
CREATE CONSTRAINT TRIGGER incidents_transition_equals_state
  AFTER INSERT ON incidents_transition
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  EXECUTE FUNCTION incidents_state_equals_transition();
ALTER TABLE incidents_incident ENABLE ALWAYS TRIGGER incidents_state_equals_transition;
ALTER TABLE incidents_transition ENABLE ALWAYS TRIGGER incidents_transition_equals_state;
"""
REVERSE = """
DROP TRIGGER incidents_transition_equals_state ON incidents_transition;
DROP TRIGGER incidents_state_equals_transition ON incidents_incident;
DROP FUNCTION incidents_state_equals_transition();
"""


class Migration(Grouped):
    dependencies = [("incidents", "0001_initial"), ("ledger", "0002_guards")]

    operations = [
        migrations.RunSQL(STATE_TRIGGER, REVERSE),
        append_only("incidents_transition"),
        append_only("incidents_participation"),
        append_only("incidents_actionreceipt"),
    ]
