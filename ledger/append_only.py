"""Operations for migrations: what makes a table append-only, and governed tables honest."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from django.conf import settings
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import Migration
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RunPython,
    RunSQL,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation  # type: ignore[attr-defined]  # not in the stubs

# The arguments of a table's trigger name its columns that hold a printed name, with how it stands
# there (see `printed_names`). They alone give way, and to the owner's erasing
# function alone: it sets countersign.erasing for its transaction and runs as the table's owner.
FUNCTION = """
CREATE OR REPLACE FUNCTION countersign_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  printed text[] := '{}';
BEGIN
  IF TG_OP = 'UPDATE' AND TG_NARGS > 0
     AND coalesce(current_setting('countersign.erasing', true), '') <> ''
     AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
  THEN
    FOR place IN 0 .. TG_NARGS - 1 LOOP
      printed := printed || split_part(TG_ARGV[place], ':', 2);
    END LOOP;
    IF to_jsonb(NEW) - printed = to_jsonb(OLD) - printed THEN RETURN NEW; END IF;
  END IF;
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


def watch(
    table: str,
    *,
    key: str = "id",
    points: bool = False,
    inserts: bool = True,
    ignored: Sequence[str] = (),
    quiet: str = "",
    deletable: bool = False,
) -> RunSQL:
    """Note every change of a row of `table` for reconciliation, and refuse TRUNCATE to everybody.

    `key` is the primary key's column. `points`: its column `entry_number` names the entry that
    tells of the row. An update of `ignored` columns alone is not noted; with `quiet` (SQL over OLD
    and NEW) only while that holds. Columns that come later are watched without being named. The
    application role loses DELETE, unless rows are `deletable`.
    """
    role = settings.DATABASE_APPLICATION_ROLE
    call = f"FOR EACH ROW {{}}EXECUTE FUNCTION countersign_note_change('{key}', '{points}')"
    rights = "TRUNCATE" if deletable else "DELETE, TRUNCATE"
    return RunSQL(
        f"""
        CREATE TRIGGER {table}_net AFTER {"INSERT OR " if inserts else ""}DELETE ON {table}
          {call.format("")};
        CREATE TRIGGER {table}_net_update AFTER UPDATE ON {table}
          {call.format(_worth_noting(ignored, quiet))};
        CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
          FOR EACH STATEMENT EXECUTE FUNCTION countersign_refuse_truncate();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_net;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_net_update;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate;
        {revoke(table, rights, role)}
        """,
        f"""
        DROP TRIGGER {table}_net ON {table};
        DROP TRIGGER {table}_net_update ON {table};
        """,
    )


def _worth_noting(ignored: Sequence[str], quiet: str) -> str:
    """Return the WHEN clause of an update: another column changed, or it is not quiet now."""
    if not ignored:
        return ""
    names = "'{" + ",".join(ignored) + "}'::text[]"
    differs = f"to_jsonb(OLD) - {names} IS DISTINCT FROM to_jsonb(NEW) - {names}"
    return f"WHEN ({differs}{f' OR NOT ({quiet})' if quiet else ''}) "


def printed_names(table: str, *places: str) -> RunSQL:
    """Say which columns of an append-only table hold a printed name that an erasure replaces.

    A place is 'how:column:key'; `key` is the column with the person's id. How the name stands:
    'is' the whole value, 'blank' is emptied, 'for' after ', for ', 'title' the person's title,
    'list' in the objects of a JSON list under 'name' beside 'person', 'text' anywhere in it.
    """
    arguments = ", ".join(f"'{place}'" for place in places)

    def trigger(given: str) -> str:
        return f"""
        DROP TRIGGER {table}_append_only ON {table};
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
          FOR EACH ROW EXECUTE FUNCTION countersign_refuse_change({given});
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
        """

    return RunSQL(trigger(arguments), trigger(""))


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


def begin_history(app: str, names: Sequence[str]) -> RunPython:
    """Open the history of models that had none: what stands now, dated by the migration.

    What a row was before is not known, and nothing pretends that it is.
    """

    def begin(apps: Any, schema_editor: Any) -> None:
        for name in names:
            model = apps.get_model(app, name)
            history = apps.get_model(app, f"Historical{name}")
            columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
            schema_editor.execute(
                f"INSERT INTO {history._meta.db_table} ({columns}, history_date, history_type,"
                " history_change_reason, history_request_id, history_channel, history_actor)"
                f" SELECT {columns}, clock_timestamp(), '+', 'the history begins', '',"
                f" 'command', 'migrate' FROM {model._meta.db_table} ORDER BY 1"
            )

    return RunPython(begin, RunPython.noop)


ADDING = (AddIndex, AddConstraint)
TAKING = (RemoveIndex, RemoveConstraint)


class Grouped(Migration):
    """A migration that draws its models once for all operations that may go together."""

    def __init__(self, name: str, app_label: str) -> None:
        super().__init__(name, app_label)
        self.operations = grouped(self.operations)  # type: ignore[misc]  # Django sets it so too


def grouped(operations: Iterable[Operation]) -> list[Operation]:
    """Return the same operations in the same order, those that may be drawn at once together."""
    found: list[Operation] = []
    group: list[Operation] = []
    every = [getattr(one, "operations", [one]) for one in operations]
    for one in chain.from_iterable(every):
        if group and not (_plain(one) and _joins(group, one)):
            found.append(AtOnce(group))
            group = []
        (group if _plain(one) else found).append(one)
    return [*found, AtOnce(group)] if group else found


class AtOnce(Operation):
    """Several operations between which the models are not drawn anew.

    Drawing takes most of a migration's time. A model that is created here is made whole, with
    what the operations behind it add; no other column is touched twice. `Grouped` makes these.
    """

    reduces_to_sql = True

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = list(operations)

    @property
    def reversible(self) -> bool:  # type: ignore[override]  # Django has a constant
        """Tell whether every operation can be taken back."""
        return all(one.reversible for one in self.operations)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return how to write the operation down."""
        return type(self).__name__, [self.operations], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change the state by every operation, then draw what they touched once."""
        drawn = state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)
        if drawn is None:
            return
        state.__dict__["apps"] = drawn
        touched = {(app_label, name) for name in map(_model_of, self.operations) if name}
        if touched:
            _draw(state, touched)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Change the database by every operation in turn."""
        for operation in self._on_tables():
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Take every operation back, the last one first."""
        for operation in reversed(self._on_tables()):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def _on_tables(self) -> list[Operation]:
        """Return what is left to do on tables: the new ones come with all that is theirs."""
        made = {_model_of(one) for one in self.operations if isinstance(one, CreateModel)}
        return [
            one
            for one in self.operations
            if isinstance(one, CreateModel) or _model_of(one) not in made
        ]

    def describe(self) -> str:
        """Return what is done, in words."""
        return "; ".join(operation.describe() for operation in self.operations)


def _plain(operation: Operation) -> bool:
    """Tell whether an operation may be in a group at all.

    Django looks at other models' keys when a column changes that a key may point at.
    """
    if isinstance(operation, RunSQL):
        return not operation.state_operations
    if isinstance(operation, AlterField):
        field = operation.field
        return not (field.primary_key or field.unique or field.many_to_many)
    return type(operation) in {CreateModel, AddField, RemoveField, *ADDING, *TAKING}


def _joins(group: list[Operation], one: Any) -> bool:
    """Tell whether it makes no difference that an operation is drawn with those before it."""
    if isinstance(one, RunSQL):
        return True
    behind = [other for other in group if _model_of(other) == _model_of(one)]
    if behind and isinstance(behind[0], CreateModel):
        # The table comes whole, so SQL in between would see more of it than it does now.
        later = group[group.index(behind[0]) :]
        added = isinstance(one, (AddField, *ADDING))
        return added and not any(isinstance(other, RunSQL) for other in later)
    if isinstance(one, CreateModel):
        return not behind
    if isinstance(one, TAKING):
        return not any(isinstance(other, ADDING) for other in behind)
    if isinstance(one, (AlterField, RemoveField)) and any(
        isinstance(other, (*ADDING, *TAKING)) for other in behind
    ):
        return False
    fields = {getattr(other, "name", "") for other in behind if not isinstance(other, TAKING)}
    return isinstance(one, ADDING) or one.name not in fields


def _draw(state: ProjectState, touched: set[tuple[str, str]]) -> None:
    """Draw these models anew and those that point at them, directly or by others.

    Nothing else holds on to what they were. Python that runs later has all models drawn for it.
    """
    pointing = defaultdict(set)
    for key, model in state.models.items():
        targets: list[Any] = [base for base in model.bases if isinstance(base, str)]
        for field in model.fields.values():
            relation = field.remote_field
            targets += [relation.model, getattr(relation, "through", None)] if relation else []
        for target in filter(None, targets):
            pointing[resolve_relation(target, *key)].add(key)
    found, waiting = set(touched), list(touched)
    while waiting:
        more = pointing[waiting.pop()] - found
        found |= more
        waiting += more
    state.is_delayed = True
    with state.apps.bulk_update():
        for key in found:
            state.apps.unregister_model(*key)
    state.apps.render_multiple([state.models[key] for key in sorted(found)])


def _model_of(operation: Any) -> str:
    """Return the model that an operation is on, in small letters; none for SQL."""
    return str(getattr(operation, "model_name", "") or getattr(operation, "name", "")).lower()
