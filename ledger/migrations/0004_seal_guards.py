"""Seals are append-only; an erased person's values are not taken in again."""

from django.db import migrations

from ledger.append_only import Grouped, append_only

ERASED = """
CREATE FUNCTION countersign_refuse_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.subject <> '' AND EXISTS (SELECT 1 FROM ledger_erasure WHERE subject = NEW.subject) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER disclosure_of_the_erased BEFORE INSERT ON ledger_disclosure
  FOR EACH ROW EXECUTE FUNCTION countersign_refuse_erased();
"""
BACK = """
DROP TRIGGER disclosure_of_the_erased ON ledger_disclosure;
DROP FUNCTION countersign_refuse_erased();
"""


class Migration(Grouped):
    dependencies = [("ledger", "0003_seals")]

    operations = [
        append_only("ledger_leaf"),
        append_only("ledger_node"),
        append_only("ledger_signingkey"),
        append_only("ledger_checkpoint"),
        append_only("ledger_anchor"),
        append_only("ledger_unmatchedchange"),
        append_only("ledger_epoch"),
        append_only("ledger_erasure"),
        migrations.RunSQL(ERASED, BACK),
    ]
