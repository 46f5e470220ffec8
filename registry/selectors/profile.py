"""What is written down about a system: statements in force, reviewers, data, knowledge."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from ledger.rules.refusals import Missing
from ledger.rules.worded import term, word, worded
from registry.models import (
    BehaviourPolicy,
    DataSource,
    DeclaredScope,
    KnowledgeOwner,
    OperatingControls,
    RoleAssignment,
    System,
    SystemReviewer,
    Unit,
    User,
)
from registry.models.statements import Statement
from registry.rules.agent_scope import Scope
from registry.rules.permits import PERMITS
from registry.rules.scope_documents import scope_of
from registry.rules.statements import PERSON, PRINCIPALS, PRIVILEGES, person_of
from registry.selectors.people import in_force as in_force_at
from registry.selectors.units import units_above, units_below

S = TypeVar("S", bound=Statement)
# The kinds of statement by the word that addresses carry.
KINDS: dict[str, type[Statement]] = {
    "controls": OperatingControls,
    "scope": DeclaredScope,
    "behaviour": BehaviourPolicy,
}
# What a statement says, apart from who wrote and approved it.
SAID: dict[type[Statement], tuple[str, ...]] = {
    OperatingControls: (
        "reviewer_id",
        "exception_path",
        "rollback_procedure",
        "kill_switch",
        "manual_fallback",
        "interim_measures",
        "on_call_id",
        "on_call_second_id",
        "on_call_reach",
        "may_tune_prompts",
        "may_retrain",
        "may_approve_outputs",
        "may_read_logs",
        "may_change_tools",
    ),
    DeclaredScope: ("tools", "data", "spending_limit", "currency", "period", "approvals"),
    BehaviourPolicy: ("owner_id", "tone", "must_not", "by_policy", "tested_run", "tested_on"),
}
NAMED: dict[type[Statement], tuple[str, ...]] = {
    OperatingControls: ("reviewer", "on_call", "on_call_second"),
    DeclaredScope: (),
    BehaviourPolicy: ("owner",),
}


def controls_in_force(system_id: UUID) -> OperatingControls | None:
    """Return the operating controls in force, None where nothing was approved yet."""
    return in_force(OperatingControls, system_id)


def scope_in_force(system_id: UUID) -> DeclaredScope | None:
    """Return the declared scope in force, None where nothing was approved yet."""
    return in_force(DeclaredScope, system_id)


def policy_in_force(system_id: UUID) -> BehaviourPolicy | None:
    """Return the behaviour policy in force, None where nothing was approved yet."""
    return in_force(BehaviourPolicy, system_id)


def agent_scope(system_id: UUID) -> Scope:
    """Return the scope in force as registry.rules.agent_scope reads it; empty where there is none.

    An agent without a scope in force may do nothing: every action lies outside an empty one.
    """
    row = scope_in_force(system_id)
    return scope_of(**said(row)) if row is not None else Scope()


def in_force(model: type[S], system_id: UUID) -> S | None:
    """Return the version of a statement that is in force, with its people."""
    return _rows(model, system_id).filter(state=Statement.State.IN_FORCE).first()


def newest_version(model: type[S], system_id: UUID) -> S | None:
    """Return the newest version of a statement, whatever its state."""
    return _rows(model, system_id).order_by("-version").first()


def statement_of(*, kind: str, system_id: UUID, version: int) -> Statement:
    """Return one version of a statement. Raises Missing."""
    model = KINDS.get(kind)
    row = _rows(model, system_id).filter(version=version).first() if model else None
    if row is None:
        raise Missing("unknown_statement", "There is no such version.")
    return row


def versions_of_statement(*, kind: str, system_id: UUID) -> QuerySet[Statement]:
    """Return every version of a statement, newest first. Raises Missing for no kind."""
    if kind not in KINDS:
        raise Missing("unknown_statement", "There is no such kind of statement.")
    return _rows(KINDS[kind], system_id).order_by("-version")


def said(row: Statement) -> dict[str, Any]:
    """Return what a statement says, by column."""
    return {name: getattr(row, name) for name in SAID[type(row)]}


def reviewers_of(*, system_id: UUID) -> list[User]:
    """Return who reviews a system now, by name."""
    rows = SystemReviewer.objects.filter(system_id=system_id, until_at__isnull=True)
    return [row.person for row in rows.select_related("person").order_by("person__name", "pk")]


def sources_of(*, system_id: UUID) -> QuerySet[DataSource]:
    """Return a system's data sources, by name."""
    rows = DataSource.objects.filter(system_id=system_id, until_at__isnull=True)
    return rows.select_related("owner").order_by("name")


def knowledge_of(*, system_id: UUID) -> QuerySet[KnowledgeOwner]:
    """Return who answers for which domain of knowledge, by domain."""
    rows = KnowledgeOwner.objects.filter(system_id=system_id, until_at__isnull=True)
    return rows.select_related("person").order_by("domain")


def names_of_codes(codes: Iterable[str]) -> dict[str, str]:
    """Return the codes of privileges in words, people by name; one query at most."""
    known = list(dict.fromkeys(codes))
    people = {code: person for code in known if (person := person_of(code)) is not None}
    names: dict[UUID, str] = {}
    if people:
        rows = User.objects.filter(pk__in=people.values()).values_list("pk", "name")
        names = dict(rows)
    return {
        code: names.get(people[code], term(word("somebody unknown")))
        if code in people
        else term(PRINCIPALS.get(code, code))
        for code in known
    }


def roles_to_register(*, user_id: UUID, at: datetime) -> QuerySet[RoleAssignment]:
    """Return the roles by which a person may register a system somewhere."""
    rows: QuerySet[RoleAssignment] = RoleAssignment.objects.filter(
        in_force_at(at),
        user_id=user_id,
        unit__isnull=False,
        role__in=sorted(PERMITS["register"].roles),
    )
    return rows


def units_to_register_in(*, user: User, at: datetime) -> QuerySet[Unit]:
    """Return the units in which a person may register a system, by name."""
    held = roles_to_register(user_id=user.pk, at=at).values_list("unit_id", flat=True)
    rows: QuerySet[Unit] = Unit.objects.filter(pk__in=units_below(unit_ids=list(held)))
    return rows.order_by("name")


def people_of_units(unit_ids: Iterable[UUID]) -> QuerySet[User]:
    """Return the active people of some units, by name."""
    rows: QuerySet[User] = User.objects.filter(
        unit_id__in=list(unit_ids), is_active=True, kind=User.Kind.PERSON
    )
    return rows.order_by("name", "pk")


def people_near(*, system: System) -> QuerySet[User]:
    """Return the active people who may be named for a system: of its unit, above and below it.

    Who is named for it already stays among them.
    """
    units = {*units_above(unit_id=system.unit_id), *units_below(unit_ids=[system.unit_id])}
    named = SystemReviewer.objects.filter(system=system, until_at__isnull=True)
    rows: QuerySet[User] = User.objects.filter(is_active=True, kind=User.Kind.PERSON)
    near = rows.filter(unit_id__in=units)
    there = rows.filter(
        pk__in=[system.owner_id, system.deputy_id, *named.values_list("person_id", flat=True)]
    )
    return (near | there).order_by("name", "pk")


def named_in(*, user_id: UUID) -> list[tuple[System, str]]:
    """Return what a person is named for beyond owner and deputy: (system, words). For leavers."""
    now = {"until_at__isnull": True}
    found = [
        (row.system, word("reviews the system"))
        for row in SystemReviewer.objects.filter(person_id=user_id, **now).select_related("system")
    ]
    found += [
        (row.system, worded("answers for the knowledge of {domain}", domain=row.domain))
        for row in KnowledgeOwner.objects.filter(person_id=user_id, **now).select_related("system")
    ]
    found += [
        (row.system, worded("owns the data source {name}", name=row.name))
        for row in DataSource.objects.filter(owner_id=user_id, **now).select_related("system")
    ]
    for model, columns in NAMED.items():
        for column in columns:
            words = worded("is named as {part}", part=term(column.replace("_", " ")))
            found += _named(model, Q(**{f"{column}_id": user_id}), words)
    for column, words in PRIVILEGES.items():
        holds = Q(**{f"{column}__contains": [f"{PERSON}{user_id}"]})
        found += _named(OperatingControls, holds, worded("may {what}", what=term(words)))
    return found


def _named(model: Any, condition: Q, words: str) -> list[tuple[System, str]]:
    rows = model._default_manager.filter(condition, state=Statement.State.IN_FORCE)
    return [(row.system, words) for row in rows.select_related("system")]


def _rows(model: type[S], system_id: UUID) -> QuerySet[S]:
    rows: Any = model._default_manager.filter(system_id=system_id)
    found: QuerySet[S] = rows.select_related("author", "approved_by", *NAMED[model])
    return found
