"""Changes of the catalogue, series, batches and computations are noted for reconciliation, and no
partition of readings is emptied.

PostgreSQL copies row triggers to partitions, but not statement triggers: each gets its own.
"""

from django.conf import settings
from django.db import migrations

from ledger.append_only import Grouped, watch

ROLE = settings.DATABASE_APPLICATION_ROLE
MAKE = """
CREATE OR REPLACE FUNCTION telemetry_make_partition(parent text, month date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  child text := parent || '_' || to_char(month, 'YYYYMM');
  first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
  next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month')
    AT TIME ZONE 'UTC';
BEGIN
  IF parent NOT IN ('telemetry_measurement', 'telemetry_decision_event') THEN
    RAISE EXCEPTION '% is not partitioned by this function', parent;
  END IF;
  IF to_regclass(format('public.%I', child)) IS NOT NULL THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
    child, parent, first, next);
  PERFORM telemetry_guard_partition(child);
  RETURN true;
END $$;
"""
# What the parent's triggers cannot do for a partition, and the rights that it was born with.
GUARD = f"""
CREATE FUNCTION telemetry_guard_partition(child text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE TRUNCATE ON public.%I
    FOR EACH STATEMENT EXECUTE FUNCTION countersign_refuse_change()',
    child || '_no_truncate', child);
  EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER %I', child, child || '_no_truncate');
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.%I FROM %I', child, '{ROLE}');
  END IF;
END $$;
REVOKE ALL ON FUNCTION telemetry_guard_partition(text) FROM PUBLIC;
"""
EXISTING = """
SELECT telemetry_guard_partition(i.inhrelid::regclass::text)
  FROM pg_inherits i
 WHERE i.inhparent IN ('telemetry_measurement'::regclass, 'telemetry_decision_event'::regclass);
"""
BACK = """
DROP FUNCTION telemetry_guard_partition(text);
"""


class Migration(Grouped):
    dependencies = [("telemetry", "0003_evaluator_state"), ("ledger", "0007_net")]

    operations = [
        watch("telemetry_kpi"),
        # A series is born by a delivery, whose entry counts the new ones; from then on it is fixed.
        watch("telemetry_series", inserts=False),
        watch("telemetry_batch"),
        watch("telemetry_computation"),
        migrations.RunSQL(GUARD + MAKE, BACK),
        migrations.RunSQL(EXISTING, migrations.RunSQL.noop),
    ]
