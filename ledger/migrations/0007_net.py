"""The net: a trigger function that notes changes of watched rows, and what settles them.

Both run as the owner with a pinned search path: `pg_temp` stands last, so that no temporary table
of a session takes the place of one of ours.
"""

from django.conf import settings
from django.db import migrations, models

from ledger.append_only import Grouped, revoke

ROLE = settings.DATABASE_APPLICATION_ROLE

NOTE = """
CREATE FUNCTION countersign_note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  row_key text;
  old_key text;
  entry bigint;
BEGIN
  IF TG_ARGV[0] = 'id' THEN
    IF TG_OP <> 'DELETE' THEN row_key := NEW.id; END IF;
    IF TG_OP <> 'INSERT' THEN old_key := OLD.id; END IF;
  ELSE
    IF TG_OP <> 'DELETE' THEN row_key := to_jsonb(NEW) ->> TG_ARGV[0]; END IF;
    IF TG_OP <> 'INSERT' THEN old_key := to_jsonb(OLD) ->> TG_ARGV[0]; END IF;
  END IF;
  IF TG_ARGV[1] = 'True' AND TG_OP <> 'DELETE' THEN entry := NEW.entry_number; END IF;
  IF row_key IS NOT NULL THEN
    INSERT INTO public.ledger_rowchange (tab, pk_text, op, txid, role, at, entry_id)
    VALUES (TG_TABLE_NAME, row_key, left(TG_OP, 1), pg_current_xact_id(), session_user,
            clock_timestamp(), entry);
  END IF;
  IF old_key IS DISTINCT FROM row_key AND old_key IS NOT NULL THEN
    INSERT INTO public.ledger_rowchange (tab, pk_text, op, txid, role, at)
    VALUES (TG_TABLE_NAME, old_key, left(TG_OP, 1), pg_current_xact_id(), session_user,
            clock_timestamp());
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION countersign_note_change() FROM PUBLIC;

CREATE FUNCTION countersign_refuse_truncate() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% holds the record: TRUNCATE is refused', TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only', TABLE = TG_TABLE_NAME;
END $$;
"""

# A row change goes only if an entry of its transaction tells of it, or it is kept as unmatched:
# so nobody hides one by deleting it, the owner neither.
GUARD = """
CREATE FUNCTION countersign_guard_settling() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT g.txid, g.tab || ':' || g.pk_text FROM gone g
     WHERE g.id > coalesce((SELECT max(up_to) FROM public.ledger_epoch), 0)
       AND NOT EXISTS (SELECT 1 FROM public.ledger_entry e
                        WHERE e.id = g.entry_id AND e.txid = g.txid)
       AND NOT EXISTS (SELECT 1 FROM public.ledger_unmatchedchange u
                        WHERE u.txid = g.txid AND u.tab = g.tab AND u.pk_text = g.pk_text
                          AND u.op = g.op)
    EXCEPT
    SELECT e.txid, k FROM public.ledger_entry e, unnest(e.touched) AS k
     WHERE e.txid IN (SELECT txid FROM gone)
  ) THEN
    RAISE EXCEPTION 'a row change that no entry tells of is not deleted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'unmatched_stays',
            TABLE = 'ledger_rowchange';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_rowchange_settled AFTER DELETE ON ledger_rowchange
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
  EXECUTE FUNCTION countersign_guard_settling();
CREATE TRIGGER ledger_rowchange_append_only BEFORE UPDATE ON ledger_rowchange
  FOR EACH ROW EXECUTE FUNCTION countersign_refuse_change();
CREATE TRIGGER ledger_rowchange_no_truncate BEFORE TRUNCATE ON ledger_rowchange
  FOR EACH STATEMENT EXECUTE FUNCTION countersign_refuse_truncate();
ALTER TABLE ledger_rowchange ENABLE ALWAYS TRIGGER ledger_rowchange_settled;
ALTER TABLE ledger_rowchange ENABLE ALWAYS TRIGGER ledger_rowchange_append_only;
ALTER TABLE ledger_rowchange ENABLE ALWAYS TRIGGER ledger_rowchange_no_truncate;
"""

# One statement, so one snapshot: a row change that is visible has its transaction's entries beside
# it. Its own transaction's changes wait for the next run.
RECONCILE = """
CREATE FUNCTION countersign_reconcile(
  most integer, seen_at timestamptz, OUT settled bigint, OUT unmatched bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH due AS MATERIALIZED (
    SELECT id, tab, pk_text, op, txid, role, at, entry_id, tab || ':' || pk_text AS key
      FROM public.ledger_rowchange
     WHERE txid IS DISTINCT FROM pg_current_xact_id_if_assigned()
     ORDER BY id LIMIT most FOR UPDATE SKIP LOCKED
  ), told AS (
    SELECT e.txid, k AS key FROM public.ledger_entry e, unnest(e.touched) AS k
     WHERE e.txid IN (SELECT txid FROM due)
  ), strange AS (
    SELECT d.* FROM due d
     WHERE d.id > coalesce((SELECT max(up_to) FROM public.ledger_epoch), 0)
       AND (d.txid, d.key) NOT IN (SELECT txid, key FROM told)
       AND NOT EXISTS (SELECT 1 FROM public.ledger_entry e
                        WHERE e.id = d.entry_id AND e.txid = d.txid)
  ), kept AS (
    INSERT INTO public.ledger_unmatchedchange (tab, pk_text, op, txid, role, at, found_at)
    SELECT tab, pk_text, op, txid, role, at, seen_at FROM strange ORDER BY id
    RETURNING 1
  ), gone AS (
    DELETE FROM public.ledger_rowchange WHERE id IN (SELECT id FROM due) RETURNING 1
  )
  SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM kept)
$$;
REVOKE ALL ON FUNCTION countersign_reconcile(integer, timestamptz) FROM PUBLIC;
"""
BACK = """
DROP FUNCTION countersign_reconcile(integer, timestamptz);
DROP TRIGGER ledger_rowchange_settled ON ledger_rowchange;
DROP TRIGGER ledger_rowchange_append_only ON ledger_rowchange;
DROP TRIGGER ledger_rowchange_no_truncate ON ledger_rowchange;
DROP FUNCTION countersign_guard_settling();
DROP FUNCTION countersign_refuse_truncate();
DROP FUNCTION countersign_note_change();
"""
RIGHTS = f"""
{revoke("ledger_rowchange", "INSERT, UPDATE, DELETE, TRUNCATE", ROLE)}
{revoke("ledger_unmatchedchange", "INSERT", ROLE)}
DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN
  GRANT EXECUTE ON FUNCTION countersign_reconcile(integer, timestamptz) TO "{ROLE}";
END IF; END $$;
"""


class Migration(Grouped):
    dependencies = [("ledger", "0006_search")]

    operations = [
        migrations.AddField(
            model_name="rowchange",
            name="entry_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["txid"], name="entry_by_transaction"),
        ),
        migrations.AddIndex(
            model_name="unmatchedchange",
            index=models.Index(fields=["txid"], name="unmatched_by_transaction"),
        ),
        migrations.RunSQL(NOTE + GUARD + RECONCILE, BACK),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
        migrations.RunSQL(
            "ALTER TABLE ledger_disclosure ENABLE ALWAYS TRIGGER disclosure_of_the_erased",
            "ALTER TABLE ledger_disclosure ENABLE TRIGGER disclosure_of_the_erased",
        ),
    ]
