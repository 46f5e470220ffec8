"""Operations for migrations: what makes a table append-only, and governed tables honest."""

from django.conf import settings
from django.db.migrations.operations import RunSQL

FUNCTION = """
CREATE OR REPLACE FUNCTION countersign_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only', TABLE = TG_TABLE_NAME;
END $$;
"""


def install_function() -> RunSQL:
    """Make the trigger function that refuses; the ledger's first migration runs it."""
    return RunSQL(FUNCTION, "DROP FUNCTION IF EXISTS countersign_refuse_change();")


def append_only(table: str) -> RunSQL:
    """Refuse UPDATE, DELETE and TRUNCATE on `table` for everybody, the replica role too.

    The application role also loses the rights, so that a dropped trigger is not enough.
    """
    role = settings.DATABASE_APPLICATION_ROLE
    return RunSQL(
        f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
          FOR EACH ROW EXECUTE FUNCTION countersign_refuse_change();
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
          FOR EACH STATEMENT EXECUTE FUNCTION countersign_refuse_change();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate;
        {revoke(table, "UPDATE, DELETE, TRUNCATE", role)}
        """,
        f"""
        DROP TRIGGER {table}_append_only ON {table};
        DROP TRIGGER {table}_no_truncate ON {table};
        """,
    )


def revoke(table: str, rights: str, role: str) -> str:
    """Return SQL that takes rights from a role where that role exists."""
    return (
        f"DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN "
        f'REVOKE {rights} ON {table} FROM "{role}"; END IF; END $$;'
    )


def grant_application_role() -> RunSQL:
    """Let the application role read and write what the owner makes from now on."""
    role = settings.DATABASE_APPLICATION_ROLE
    return RunSQL(
        f"""DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN
        ALTER DEFAULT PRIVILEGES IN SCHEMA public
          GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{role}";
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO "{role}";
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}";
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}";
        END IF; END $$;""",
        RunSQL.noop,
    )
