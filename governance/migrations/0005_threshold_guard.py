"""A version of a threshold is immutable once it has been active."""

from django.db import migrations

from ledger.append_only import Grouped

GUARD = """
CREATE FUNCTION governance_guard_threshold_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'draft' THEN
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.state = 'active' AND NEW.state = 'superseded'
     AND to_jsonb(OLD) - 'state' = to_jsonb(NEW) - 'state' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'version % of this threshold has been in force: % is refused', OLD.number, TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'threshold_version_immutable',
      TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER threshold_version_immutable
  BEFORE UPDATE OR DELETE ON governance_thresholdversion
  FOR EACH ROW EXECUTE FUNCTION governance_guard_threshold_version();
ALTER TABLE governance_thresholdversion ENABLE ALWAYS TRIGGER threshold_version_immutable;
"""
REVERSE = """
DROP TRIGGER threshold_version_immutable ON governance_thresholdversion;
DROP FUNCTION governance_guard_threshold_version();
"""


class Migration(Grouped):
    dependencies = [("governance", "0004_thresholds_as_stated")]

    operations = [migrations.RunSQL(GUARD, REVERSE)]
