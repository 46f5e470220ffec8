"""A month that lies in DEFAULT gets a partition of its own; gaps say their legal basis."""

from django.conf import settings
from django.db import migrations, models

from ledger.append_only import Grouped

ROLE = settings.DATABASE_APPLICATION_ROLE
# Readings of long ago that are sent late, or of a month that began while nothing made partitions,
# lie in DEFAULT. Months alone leave by retention: so these become one first. DEFAULT is taken off
# its table for that, since nothing of the table itself can be moved: its triggers go with the tie
# and come back with it. Rows are moved as they are, within one transaction, or not at all.
SETTLE = f"""
CREATE FUNCTION telemetry_settle_partition(parent text, month date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET lock_timeout = '3s' AS $$
DECLARE
  child text := parent || '_' || to_char(month, 'YYYYMM');
  rest text := parent || '_default';
  instant text := CASE parent WHEN 'telemetry_measurement' THEN 'window_end' ELSE 'at' END;
  first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
  after timestamptz := (date_trunc('month', month::timestamp) + interval '1 month')
    AT TIME ZONE 'UTC';
  rows bigint;
BEGIN
  IF parent NOT IN ('telemetry_measurement', 'telemetry_decision_event', 'telemetry_event_label')
  THEN
    RAISE EXCEPTION '% is not partitioned by this function', parent;
  END IF;
  IF to_regclass(format('public.%I', child)) IS NOT NULL THEN RETURN 0; END IF;
  EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', parent, rest);
  EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
    child, parent, first, after);
  PERFORM public.telemetry_guard_partition(child);
  EXECUTE format('WITH moved AS (DELETE FROM public.%I WHERE %I >= %L AND %I < %L RETURNING *)
    INSERT INTO public.%I SELECT * FROM moved', rest, instant, first, instant, after, child);
  GET DIAGNOSTICS rows = ROW_COUNT;
  EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I DEFAULT', parent, rest);
  RETURN rows;
END $$;
REVOKE ALL ON FUNCTION telemetry_settle_partition(text, date) FROM PUBLIC;
DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN
  GRANT EXECUTE ON FUNCTION telemetry_settle_partition(text, date) TO "{ROLE}";
END IF; END $$;
"""


class Migration(Grouped):
    dependencies = [("telemetry", "0014_answers_more")]

    operations = [
        migrations.RunSQL(SETTLE, "DROP FUNCTION telemetry_settle_partition(text, date);"),
        *(
            migrations.AddField(
                model_name=name,
                name="legal_basis",
                field=models.CharField(blank=True, default="", max_length=200),
                preserve_default=False,
            )
            for name in ("computation", "historicalcomputation")
        ),
    ]
