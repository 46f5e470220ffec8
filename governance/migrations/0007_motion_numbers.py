"""Motions are numbered from a sequence; a policy is immutable once it has been in force."""

from django.db import migrations

from ledger.append_only import Grouped

GUARD = """
CREATE FUNCTION governance_guard_policy() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.state = 'draft'
     OR (OLD.body = NEW.body AND OLD.sha256 = NEW.sha256 AND OLD.number = NEW.number
         AND OLD.unit_id = NEW.unit_id AND OLD.author_id = NEW.author_id)) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'version % of this policy has been in force: % is refused', OLD.number, TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'policy_immutable', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER policy_immutable BEFORE UPDATE OR DELETE ON governance_policy
  FOR EACH ROW EXECUTE FUNCTION governance_guard_policy();
ALTER TABLE governance_policy ENABLE ALWAYS TRIGGER policy_immutable;
"""
REVERSE = """
DROP TRIGGER policy_immutable ON governance_policy;
DROP FUNCTION governance_guard_policy();
"""


class Migration(Grouped):
    dependencies = [("governance", "0006_watches_and_recovery")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE governance_motion_number AS bigint START 1",
            "DROP SEQUENCE governance_motion_number",
        ),
        migrations.RunSQL(GUARD, REVERSE),
    ]
