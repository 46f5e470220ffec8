"""Erasing a person: printed names on evidence give way to a pseudonym, and to that alone."""

from django.conf import settings
from django.db import migrations

from ledger.append_only import FUNCTION, Grouped

ROLE = settings.DATABASE_APPLICATION_ROLE

# With `apply` false it only says which rows hold the name: the entry that tells of the erasure
# names them, and stands before the change. With true it changes them, only for somebody whose
# erasure stands on record. Which columns there are, the append-only triggers say.
ERASE = r"""
CREATE FUNCTION countersign_erase_printed(
  about uuid, printed text[], title text, pseudonym text, apply boolean)
RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  place record;
  value text;
  holds text;
  needle text;
BEGIN
  IF pseudonym !~ '^Erased person [0-9a-f]{6}$' THEN
    RAISE EXCEPTION 'a name gives way to a pseudonym, not to %', pseudonym;
  END IF;
  IF apply AND NOT EXISTS (SELECT 1 FROM ledger_erasure WHERE subject = about::text) THEN
    RAISE EXCEPTION 'no erasure of % stands on record', about;
  END IF;
  PERFORM set_config('countersign.erasing', CASE WHEN apply THEN about::text ELSE '' END, true);
  FOR place IN
    SELECT c.relname AS tab, split_part(arg, ':', 1) AS how, split_part(arg, ':', 2) AS col,
           split_part(arg, ':', 3) AS key
      FROM pg_trigger t
      JOIN pg_class c ON c.oid = t.tgrelid
      JOIN pg_proc p ON p.oid = t.tgfoid,
      unnest(string_to_array(encode(t.tgargs, 'escape'), '\000')) AS arg
     WHERE p.proname = 'countersign_refuse_change' AND t.tgnargs > 0 AND NOT t.tgisinternal
       AND arg <> ''
     ORDER BY 1, 3
  LOOP
    CASE place.how
      WHEN 'is' THEN
        value := quote_literal(pseudonym);
        holds := format('%I = %L AND %I <> %L', place.key, about, place.col, pseudonym);
      WHEN 'blank' THEN
        value := quote_literal('');
        holds := format('%I = %L AND %I <> %L', place.key, about, place.col, '');
      WHEN 'title' THEN
        value := quote_literal('');
        holds := format('%I = %L AND %I = %L AND %I <> %L',
                        place.key, about, place.col, title, place.col, '');
      WHEN 'for' THEN
        value := format('split_part(%I, %L, 1) || %L', place.col, ', for ', ', for ' || pseudonym);
        holds := format('%I = %L AND %I LIKE %L AND %I NOT LIKE %L', place.key, about, place.col,
                        '%, for %', place.col, '%, for ' || pseudonym);
      WHEN 'list' THEN
        value := format(
          '(SELECT jsonb_agg(CASE WHEN one ->> %L = %L THEN one || %L::jsonb ELSE one END)'
          ' FROM jsonb_array_elements(%I) AS one)',
          'person', about, jsonb_build_object('name', pseudonym), place.col);
        holds := format('%I @> %L::jsonb AND NOT %I @> %L::jsonb',
          place.col, jsonb_build_array(jsonb_build_object('person', about)),
          place.col,
          jsonb_build_array(jsonb_build_object('person', about, 'name', pseudonym)));
      WHEN 'text' THEN
        value := quote_ident(place.col);
        holds := 'false';
        FOREACH needle IN ARRAY printed LOOP
          CONTINUE WHEN length(needle) < 3;
          value := format('replace(%s, %L, %L)', value, needle, pseudonym);
          holds := format('%s OR position(%L in %I) > 0', holds, needle, place.col);
        END LOOP;
      ELSE
        RAISE EXCEPTION 'the trigger of % names no way %', place.tab, place.how;
    END CASE;
    IF apply THEN
      RETURN QUERY EXECUTE format('UPDATE %I SET %I = %s WHERE %s RETURNING %L || id::text',
                                  place.tab, place.col, value, holds, place.tab || ':');
    ELSE
      RETURN QUERY EXECUTE format('SELECT %L || id::text FROM %I WHERE %s',
                                  place.tab || ':', place.tab, holds);
    END IF;
  END LOOP;
  PERFORM set_config('countersign.erasing', '', true);
END $$;
REVOKE ALL ON FUNCTION countersign_erase_printed(uuid, text[], text, text, boolean) FROM PUBLIC;
"""
# What opens a commitment is written once; only whether it is private changes, and it can go.
RIGHTS = f"""
DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN
  GRANT EXECUTE ON FUNCTION countersign_erase_printed(uuid, text[], text, text, boolean)
    TO "{ROLE}";
  REVOKE UPDATE ON ledger_disclosure FROM "{ROLE}";
  GRANT UPDATE (private) ON ledger_disclosure TO "{ROLE}";
END IF; END $$;
"""
BACK = "DROP FUNCTION countersign_erase_printed(uuid, text[], text, text, boolean);"


class Migration(Grouped):
    dependencies = [("ledger", "0007_net")]

    operations = [
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
        migrations.RunSQL(ERASE, BACK),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
