"""Operating controls, declared scope, behaviour policy: drafted, approved by a second person."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import term, word, worded
from ledger.services.entries import append_entry
from registry.models import BehaviourPolicy, DeclaredScope, OperatingControls, System, User
from registry.models.statements import Statement
from registry.rules.agent_scope import Scope
from registry.rules.scope_documents import scope_faults, scope_values
from registry.rules.statements import (
    SCOPED,
    SPEAKING,
    Behaviour,
    Controls,
    behaviour_faults,
    control_faults,
    named_people,
)
from registry.selectors.permits import who_can
from registry.selectors.profile import KINDS, in_force, newest_version, said
from registry.services.access import require_system_permit
from registry.services.lifecycle import lock_system
from registry.services.setup import except_setup, may_approve_own

S = TypeVar("S", bound=Statement)
WORDS = {
    OperatingControls: "operating controls",
    DeclaredScope: "a declared scope",
    BehaviourPolicy: "a behaviour policy",
}
OF_SYSTEM = {
    OperatingControls: word("operating controls of {system}"),
    DeclaredScope: word("a declared scope of {system}"),
    BehaviourPolicy: word("a behaviour policy of {system}"),
}
VERBS = {OperatingControls: "controls", DeclaredScope: "scope", BehaviourPolicy: "behaviour"}


@transaction.atomic
def draft_controls(
    *,
    system_id: UUID,
    given: Controls,
    newest: int,
    reason: str,
    actor: Actor,
    at: datetime,
) -> OperatingControls:
    """Write the next version of a system's operating controls (REG-5) as a draft.

    `newest` is the newest version that the author saw, 0 for none; an open draft is replaced.
    Raises Missing, Forbidden, Invalid (fields by name), Conflict (another version came).
    """
    system = lock_system(system_id)
    people = {"reviewer": given.reviewer_id, "on_call": given.on_call_id}
    people |= {"on_call_second": given.on_call_second_id}
    _refuse(control_faults(given) | _unknown_people(people, named_people(given)))
    return _draft(OperatingControls, system, given.values(), newest, reason, actor, at)


@transaction.atomic
def draft_scope(
    *, system_id: UUID, given: Scope, newest: int, reason: str, actor: Actor, at: datetime
) -> DeclaredScope:
    """Write the next version of what an agent may use, read and spend (REG-6) as a draft.

    Raises as draft_controls, and Conflict for a system that takes no actions.
    """
    system = lock_system(system_id)
    _check_kind(system, SCOPED, "Only agents and assistants have a declared scope.")
    _refuse(scope_faults(given))
    return _draft(DeclaredScope, system, scope_values(given), newest, reason, actor, at)


@transaction.atomic
def draft_behaviour(
    *, system_id: UUID, given: Behaviour, newest: int, reason: str, actor: Actor, at: datetime
) -> BehaviourPolicy:
    """Write the next version of how an assistant speaks (REG-11) as a draft.

    Raises as draft_controls, and Conflict for a system that does not speak.
    """
    system = lock_system(system_id)
    _check_kind(system, SPEAKING, "Only assistants and agents have a behaviour policy.")
    _refuse(behaviour_faults(given) | _unknown_people({"owner": given.owner_id}, set()))
    return _draft(BehaviourPolicy, system, given.values(), newest, reason, actor, at)


@transaction.atomic
def approve_statement(
    *, kind: str, system_id: UUID, version: int, reason: str, actor: Actor, at: datetime
) -> Statement:
    """Put a draft into force; not by its author. What was in force is replaced.

    Its author may approve the first version alone while setting up (SEG-06), on record.
    `kind` is of registry.selectors.profile.KINDS. Raises Missing, Conflict (no draft any more),
    Forbidden (author, role), Invalid.
    """
    system, row = _locked(kind, system_id, version)
    alone = _approves_alone(system, row, actor, at)
    require_system_permit(act="statement.approve", system=system, actor=actor, at=at)
    approver = _person(actor)
    _say_why(reason)
    replaced = in_force(KINDS[kind], system.pk)
    if replaced is not None:
        _end(replaced, Statement.State.REPLACED, at)
    row.state = Statement.State.IN_FORCE
    row.approved_by_id, row.approved_at, row.set_up = approver, at, alone
    row.save(update_fields=["state", "approved_by", "approved_at", "set_up"], at=at)
    before = {"in_force": replaced.version if replaced else None, "state": "draft"}
    after = {"in_force": row.version, "state": "in_force"}
    _record(system, row, "approved", actor, at, reason=reason, before=before, after=after)
    if alone:
        _except(kind, system, row, actor, at)
    return row


@transaction.atomic
def withdraw_statement(
    *, kind: str, system_id: UUID, version: int, reason: str, actor: Actor, at: datetime
) -> Statement:
    """Withdraw a draft. Raises Missing, Conflict (no draft any more), Forbidden, Invalid."""
    system, row = _locked(kind, system_id, version)
    require_system_permit(act="statement.draft", system=system, actor=actor, at=at)
    _say_why(reason)
    _end(row, Statement.State.WITHDRAWN, at)
    states = {"before": {"state": "draft"}, "after": {"state": "withdrawn"}}
    _record(system, row, "withdrawn", actor, at, reason=reason, **states)
    return row


def _draft(
    model: type[S],
    system: System,
    values: dict[str, Any],
    newest: int,
    reason: str,
    actor: Actor,
    at: datetime,
) -> S:
    require_system_permit(act="statement.draft", system=system, actor=actor, at=at)
    present = newest_version(model, system.pk)
    number = present.version if present else 0
    if number != newest:
        words = "Another version was written meanwhile. Load it and write yours after it."
        raise Conflict("stale_version", words, extra={"present": {"version": number}})
    _say_why(reason)
    row = model(
        system=system, version=number + 1, author_id=_person(actor), drafted_at=at, **values
    )
    row.reason = reason
    held = in_force(model, system.pk)
    before, after = _difference(held, row)
    if held is not None and not after:
        raise Invalid("nothing_changed", "Nothing differs from what is in force.")
    if present is not None and present.state == Statement.State.DRAFT:
        _end(present, Statement.State.WITHDRAWN, at)
    row.save(force_insert=True, at=at)
    _record(system, row, "drafted", actor, at, reason=reason, before=before, after=after)
    return row


def _person(actor: Actor) -> UUID:
    if actor.person is None:
        raise Forbidden("person_needed", "Only a person does this.", recorded=True)
    return actor.person


def _difference(held: Statement | None, row: Statement) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what differs from what is in force, before and after."""
    was, now = said(held) if held is not None else {}, said(row)
    names = [name for name, value in now.items() if was.get(name) != value]
    if held is None:
        names = [name for name in names if now[name]]
    return (
        {name: _on_record(name, was[name]) for name in names if name in was},
        {name: _on_record(name, now[name]) for name in names},
    )


def _on_record(name: str, value: Any) -> Any:
    """A telephone number or an address of somebody stands in the ledger as a commitment."""
    if name == "on_call_reach" and value:
        return Personal(value, kind="text", fresh=True)
    return str(value) if name == "spending_limit" and value is not None else value


def _locked(kind: str, system_id: UUID, version: int) -> tuple[System, Statement]:
    system = lock_system(system_id)
    model = KINDS.get(kind)
    rows = model.objects.filter(system=system, version=version) if model else None
    row: Statement | None = rows.first() if rows is not None else None
    if row is None:
        raise Missing("unknown_statement", "There is no such version.")
    if row.state != Statement.State.DRAFT:
        words = worded(
            "Version {version} is {state}, no draft any more.",
            version=version,
            state=term(row.get_state_display(), lowered=True),
        )
        raise Conflict("not_a_draft", words, extra={"present": {"state": str(row.state)}})
    return system, row


def _approves_alone(system: System, row: Statement, actor: Actor, at: datetime) -> bool:
    """Return whether the author approves alone, as setting up allows. Raises Forbidden."""
    if actor.id != str(row.author_id):
        return False
    if actor.person is not None and may_approve_own(
        act="statement.approve",
        version=row.version,
        person_id=actor.person,
        unit_id=system.unit_id,
        system=system,
        at=at,
    ):
        return True
    others = who_can(act="statement.approve", system=system, at=at)
    raise Forbidden(
        "own_statement",
        worded("You cannot approve version {version}: you wrote it.", version=row.version),
        who_can=[name for name in others if name != actor.name],
        recorded=True,
        subject=("system", str(system.pk), system.name),
    )


def _except(kind: str, system: System, row: Statement, actor: Actor, at: datetime) -> None:
    except_setup(
        kind=f"statement.{kind}",
        object_id=row.pk,
        label=worded(OF_SYSTEM[type(row)], system=system.name),
        url=f"/systems/{system.slug}/profile/{kind}/{row.version}/",
        unit_id=system.unit_id,
        system_id=system.pk,
        actor=actor,
        at=at,
    )


def _end(row: Statement, state: str, at: datetime) -> None:
    row.state, row.ended_at = state, at
    row.save(update_fields=["state", "ended_at"], at=at)


def _check_kind(system: System, kinds: frozenset[str], words: str) -> None:
    if system.kind not in kinds:
        raise Conflict("kind_has_none", words)


def _say_why(reason: str) -> None:
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})


def _refuse(faults: dict[str, str]) -> None:
    if faults:
        raise Invalid("not_understood", "Something needs mending.", fields=faults)


def _unknown_people(single: dict[str, UUID | None], named: set[tuple[str, UUID]]) -> dict[str, str]:
    """Return the fields that name somebody who is no active person."""
    asked = {(name, pk) for name, pk in single.items() if pk is not None} | named
    people = User.objects.filter(is_active=True, kind=User.Kind.PERSON)
    known = set(people.filter(pk__in={pk for _, pk in asked}).values_list("pk", flat=True))
    return {name: "That is no active person." for name, pk in sorted(asked) if pk not in known}


def _record(
    system: System,
    row: Statement,
    act: str,
    actor: Actor,
    at: datetime,
    *,
    reason: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    append_entry(
        verb=f"{VERBS[type(row)]}.{act}",
        actor=actor,
        at=at,
        subject=("system", str(system.pk), system.name),
        before=before,
        after=after,
        reason=reason,
        system_id=system.pk,
        details={"of": WORDS[type(row)], "version": row.version},
    )
