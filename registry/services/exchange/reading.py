"""A file is read: kept as an import with its rows, judged, and nothing else is changed."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import PurePath
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import joined, term, word, worded
from ledger.services.entries import append_entry
from registry.connectors.files import read_file
from registry.models import Import, ImportRow, User
from registry.rules.exchange.fields import KINDS, guess_columns, guess_kind
from registry.rules.exchange.tables import Table, clean
from registry.rules.permits import PERMITS, in_words
from registry.selectors.exchange import may_import
from registry.services.exchange.judgement import judge_import

KEPT = timedelta(days=30)
FORGETTER = machine("imports")


@transaction.atomic
def read_import(*, name: str, content: bytes, kind: str = "", actor: Actor, at: datetime) -> Import:
    """Read a file and judge its rows; nothing of the registry is changed.

    `kind` is one of 'units', 'people', 'systems', 'versions', 'history', '' to guess it from the
    columns. The same content again, as long as it is not applied, is the same import. Raises
    Forbidden, Invalid, TooLarge.
    """
    user = require_importer(actor, at)
    if kind and kind not in KINDS:
        raise Invalid(
            "unknown_kind",
            worded("There is no kind {kind!r}.", kind=kind),
            fields={"kind": "unknown"},
        )
    digest = hashlib.sha256(content).hexdigest()
    known = Import.objects.filter(sha256=digest, uploaded_by=user, state=Import.State.READ).first()
    if known is not None and (not kind or kind in {one[0] for one in known.columns}):
        return known
    format_, tables = read_file(name=name, content=content)
    return keep_import(
        name=file_name(name),
        format_=format_,
        digest=digest,
        size=len(content),
        tables=[_of_kind(table, kind) for table in tables],
        user=user,
        actor=actor,
        at=at,
    )


def keep_import(
    *,
    name: str,
    format_: str,
    digest: str,
    size: int,
    tables: Sequence[Table],
    user: User,
    actor: Actor,
    at: datetime,
) -> Import:
    """Keep tables as an import with judged rows; the caller has opened a transaction.

    Raises Invalid for tables without a row.
    """
    if not any(table.rows for table in tables):
        notes = [note for table in tables for note in table.notes]
        raise Invalid("no_rows", joined(" ", [word("There is no row to read."), *notes]))
    made: Import = Import(
        name=name,
        format=format_,
        sha256=digest,
        size=size,
        notes=[note for table in tables for note in table.notes],
        columns=[one for table in tables for one in _columns(table)],
        uploaded_by=user,
        uploaded_at=at,
    )
    made.save(force_insert=True)
    ImportRow.objects.bulk_create(_rows(made, tables), batch_size=1000)
    counts = judge_import(made, user=user, at=at)
    made.counts = counts
    made.save(update_fields=["counts"])
    append_entry(
        verb="import.read",
        actor=actor,
        at=at,
        subject=("import", str(made.pk), name),
        after={"format": format_, "sha256": digest, "bytes": size, "rows": counts},
    )
    return made


@transaction.atomic
def withdraw_import(*, import_id: UUID, actor: Actor, at: datetime) -> Import:
    """Put an import aside: nothing of it is applied. Raises Missing, Conflict."""
    found = lock_import(import_id)
    require_open(found)
    found.state, found.ended_at, found.ended_by_id = Import.State.WITHDRAWN, at, actor.person
    found.save(update_fields=["state", "ended_at", "ended_by"])
    append_entry(
        verb="import.withdrawn",
        actor=actor,
        at=at,
        subject=("import", str(found.pk), found.name),
        before={"state": "read"},
        after={"state": "withdrawn"},
    )
    return found


def forget_rows(at: datetime) -> int:
    """Remove the rows of imports that ended, or were left lying, a month ago; they name people."""
    over = Q(ended_at__lte=at - KEPT) | Q(ended_at=None, uploaded_at__lte=at - 3 * KEPT)
    old = Import.objects.filter(over, rows_gone=False).exclude(state=Import.State.APPLYING)
    with transaction.atomic():
        found = list(old.select_for_update(skip_locked=True, no_key=True)[:20])
        for one in found:
            _forget(one, at)
    return len(found)


def _forget(one: Import, at: datetime) -> None:
    gone, _ = ImportRow.objects.filter(of=one).delete()
    one.rows_gone, one.options = True, {}
    if one.state == Import.State.READ:
        one.state, one.ended_at = Import.State.WITHDRAWN, at
    one.save(update_fields=["rows_gone", "options", "state", "ended_at"])
    append_entry(
        verb="import.rows_removed",
        actor=FORGETTER,
        at=at,
        subject=("import", str(one.pk), one.name),
        details={"rows": gone},
    )


def require_importer(actor: Actor, at: datetime) -> User:
    """Return the person who imports. Raises Forbidden for machines and who may apply nothing."""
    words = PERMITS["import"].words
    user: User | None = User.objects.filter(pk=actor.person).first() if actor.person else None
    if user is None:
        raise Forbidden(
            "person_needed", worded("A person must {words}.", words=term(words)), recorded=True
        )
    if not may_import(user=user, at=at):
        who = in_words(PERMITS["import"].roles)
        raise Forbidden(
            "role_missing",
            worded("You cannot {words}: that takes {who}.", words=term(words), who=who),
            who_can=[who],
            recorded=True,
        )
    return user


def lock_import(import_id: UUID) -> Import:
    """Return an import, locked. Raises Missing."""
    found = Import.objects.select_for_update(no_key=True).filter(pk=import_id).first()
    if found is None:
        raise Missing("unknown_import", "There is no such import that you may see.")
    return found


def require_open(found: Import) -> None:
    """Raise Conflict for an import that is applied, being applied or withdrawn."""
    if found.state != Import.State.READ:
        raise Conflict(
            "import_ended",
            worded(
                "This import is {state}: upload the file again.",
                state=term(found.get_state_display(), lowered=True),
            ),
            extra={"present": {"state": found.state}},
        )


def file_name(name: str) -> str:
    """Return the last part of a file's name, printable, at most 200 characters."""
    last = PurePath(name.replace("\\", "/")).name
    return clean(re.sub(r"[^\x20-\x7e\u00a0-\uffff]", "", last))[:200] or "file"


def _of_kind(table: Table, kind: str) -> Table:
    named = table.kind or kind or guess_kind(table.columns)
    return Table(named, table.columns, table.rows, table.notes)


def _columns(table: Table) -> list[list[str]]:
    guessed = guess_columns(table.kind, table.columns)
    return [[table.kind, column, field] for column, field in guessed.items()]


def _rows(made: Import, tables: Iterable[Table]) -> Iterable[ImportRow]:
    for table in tables:
        for row in table.rows:
            yield ImportRow(
                of=made,
                kind=table.kind,
                number=row.number,
                raw={"cells": row.cells, "notes": list(row.notes)},
                hidden=row.hidden,
                passed=row.passed,
            )
