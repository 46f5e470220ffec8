"""A month of readings leaves as a whole, by a function of the owner, never before its floor."""

from django.conf import settings
from django.db import migrations

from ledger.append_only import Grouped

ROLE = settings.DATABASE_APPLICATION_ROLE
# Six months are at most 184 days (Regulation (EU) 2024/1689, Art. 19(1) and 26(6)). The floor
# stands here too: whoever takes the application over cannot drop what the law keeps.
DROP = f"""
CREATE FUNCTION telemetry_drop_partition(parent text, month date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET lock_timeout = '3s' AS $$
DECLARE
  child text := parent || '_' || to_char(month, 'YYYYMM');
  after timestamptz := (date_trunc('month', month::timestamp) + interval '1 month')
    AT TIME ZONE 'UTC';
  rows bigint;
BEGIN
  IF parent NOT IN ('telemetry_measurement', 'telemetry_decision_event') THEN
    RAISE EXCEPTION '% is not partitioned by this function', parent;
  END IF;
  IF after > now() - interval '184 days' THEN
    RAISE EXCEPTION '% holds readings that are kept for at least 184 days', child
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kept_no_shorter_than_the_floor',
            TABLE = child;
  END IF;
  IF to_regclass(format('public.%I', child)) IS NULL THEN RETURN 0; END IF;
  EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', parent, child);
  EXECUTE format('SELECT count(*) FROM public.%I', child) INTO rows;
  EXECUTE format('DROP TABLE public.%I', child);
  RETURN rows;
END $$;
REVOKE ALL ON FUNCTION telemetry_drop_partition(text, date) FROM PUBLIC;
DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN
  GRANT EXECUTE ON FUNCTION telemetry_drop_partition(text, date) TO "{ROLE}";
END IF; END $$;
"""


class Migration(Grouped):
    dependencies = [("telemetry", "0004_net")]

    operations = [
        migrations.RunSQL(DROP, "DROP FUNCTION telemetry_drop_partition(text, date);"),
    ]
