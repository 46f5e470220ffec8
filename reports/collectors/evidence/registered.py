"""Evidence of the register: record, classification, obligations, life, who answers."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Count, Max

from ledger.rules.worded import joined, word, worded
from ledger.selectors.at_once import Question, Rows, instant
from registry.models import Classification, LifecycleChange, System
from reports.collectors.evidence.lines import counted
from reports.rules.evidence import Found, Piece
from reports.selectors.control_ground import Footing, Ground

SOURCES = ("registry_record", "classification", "obligations", "life_gates", "roles_held")

UNDECIDED = word("hang on facts that nobody has decided")


def asked(ground: Footing) -> Mapping[str, Question]:
    """Return what to ask of the register beside the ground's own."""
    changes = LifecycleChange.objects.filter(system_id__in=ground.ids, at__lte=ground.at)
    counts = changes.order_by().values("system_id")
    return {
        "life": counts.annotate(count=Count("pk"), newest=Max("at")).values_list(
            "system_id", "count", "newest"
        )
    }


def told(ground: Ground, answers: Mapping[str, Rows]) -> Mapping[str, Found]:
    """Return what the register shows of each system."""
    return {
        "registry_record": ground.each(_record),
        "classification": ground.each(lambda one: _classification(ground, one)),
        "obligations": ground.each(lambda one: _obligations(ground, one)),
        "life_gates": _life(ground, answers["life"]),
        "roles_held": ground.each(lambda one: _roles(ground, one)),
    }


def _asked_of(one: System) -> tuple[tuple[str, str], ...]:
    return (
        (worded("purpose"), one.purpose),
        (worded("who is affected"), one.users_affected),
    )


def _record(one: System) -> Piece:
    empty = [words for words, value in _asked_of(one) if not value.strip()]
    lacks = worded("not said: {what}", what=joined(", ", empty)) if empty else ""
    return Piece(count=1, newest=one.registered_at, lacks=lacks)


def _classification(ground: Ground, one: System) -> Piece:
    row = ground.classified.get(one.pk)
    if row is None:
        return Piece(lacks=worded("not classified"))
    again = row.state == Classification.State.REOPENED
    return Piece(
        count=1, newest=row.confirmed_at, lacks=worded("to be classified again") if again else ""
    )


def _obligations(ground: Ground, one: System) -> Piece:
    row = ground.classified.get(one.pk)
    if row is None:
        return Piece(lacks=worded("not classified"))
    owed = [rows[one.pk] for rows in ground.owing.values() if one.pk in rows]
    unsure = sum(1 for found in owed if found.applies == "open")
    lacks = counted(unsure, len(owed), UNDECIDED) if unsure else ""
    return Piece(count=len(owed), newest=row.confirmed_at, lacks=lacks)


def _life(ground: Ground, rows: Rows) -> Found:
    pieces = {UUID(key): Piece(count=count, newest=instant(at)) for key, count, at in rows}
    beyond = [one for one in ground.systems.values() if one.lifecycle != "proposed"]
    return ground.found(pieces, among=beyond)


def _roles(ground: Ground, one: System) -> Piece:
    held = {role for unit in ground.above[one.unit_id] for role in ground.roles.held.get(unit, ())}
    lacks = [
        words
        for words, there in (
            (worded("no active owner"), one.owner.is_active),
            (worded("no active deputy"), one.deputy.is_active),
            (worded("no compliance officer"), "compliance" in held),
        )
        if not there
    ]
    return Piece(count=2 + len(held), newest=one.registered_at, lacks=joined(", ", lacks))
