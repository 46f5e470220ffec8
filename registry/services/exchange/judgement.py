"""The rows of an import judged against the registry as it stands now."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from registry.models import Import, ImportRow, User
from registry.rules.exchange.fields import KINDS
from registry.rules.exchange.judging import Judged, judge
from registry.selectors.exchange import counts_of, said_of, tables_of, world_for

COLUMNS = ["values", "problems", "notes", "action", "target"]


def judge_import(found: Import, *, user: User, at: datetime) -> dict[str, Any]:
    """Judge every row anew and keep what was found; return {kind: {action: how many}}.

    Units come before people, people before systems, systems before versions and history, so that
    a file may name what it makes itself.
    """
    judged = judged_rows(found, user=user, at=at)
    kept = {(row.kind, row.number): row for row in ImportRow.objects.filter(of=found)}
    changed = []
    for one in judged:
        row = kept[one.kind, one.number]
        row.values, row.notes = dict(one.values), list(one.notes)
        row.problems = [asdict(problem) for problem in one.problems]
        row.action, row.target = one.action, one.target[:120]
        changed.append(row)
    ImportRow.objects.bulk_update(changed, COLUMNS, batch_size=500)
    return counts_of((one.kind, one.action) for one in judged)


def judged_rows(found: Import, *, user: User, at: datetime) -> list[Judged]:
    """Return every row as it is judged now, in the order in which they would be applied."""
    world = world_for(user=user, source=found.name, at=at)
    said, tables, judged = said_of(found), tables_of(found), []
    for kind in KINDS:
        columns = {column: field for of, column, field in found.columns if of == kind}
        rows, world = judge(kind, tables.get(kind, ()), columns, world, said)
        judged += rows
    return judged
