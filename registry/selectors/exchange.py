"""Imports: who may look at which, and what the registry knows of what their rows name."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from ledger.rules.refusals import Missing
from registry.models import (
    Import,
    ImportRow,
    ModelRegistry,
    RecordedElsewhere,
    RoleAssignment,
    System,
    SystemVersion,
    Unit,
    User,
)
from registry.rules.exchange.names import Known
from registry.rules.exchange.tables import Row
from registry.rules.exchange.world import Said, World
from registry.rules.permits import PERMITS
from registry.selectors.people import in_force, roles_of
from registry.selectors.systems import systems_visible_to

ROWS_A_PAGE = 100
# Words that addresses of the list of systems take for themselves.
RESERVED = ("new",)


def imports_for(*, user: User, at: datetime) -> QuerySet[Import]:
    """Return the imports that a person may see: their own; all for who may register anywhere."""
    rows = Import.objects.select_related("uploaded_by", "ended_by")
    if not sees_every_import(user=user, at=at):
        rows = rows.filter(uploaded_by=user)
    return rows.order_by("-uploaded_at", "id")


def sees_every_import(*, user: User, at: datetime) -> bool:
    """Whether a person may register systems for the whole organisation."""
    return holds_everywhere(act="register", user_id=user.pk, at=at)


def holds_everywhere(*, act: str, user_id: UUID, at: datetime) -> bool:
    """Whether a person holds a role for an act in every unit at the top; one query."""
    wanted = PERMITS[act].roles
    # Nothing is above a unit at the top: its roles are its own.
    given = RoleAssignment.objects.filter(
        in_force(at), unit=OuterRef("pk"), user_id=user_id, user__is_active=True, role__in=wanted
    )
    tops = Unit.objects.filter(parent=None).annotate(held=Exists(given))
    held = list(tops.values_list("held", flat=True))
    return bool(held) and all(held)


def may_import(*, user: User, at: datetime) -> bool:
    """Whether a person could apply anything of a file: by a role, or as owner or deputy."""
    roles = {role for role, _, _ in roles_of(user_id=user.pk, at=at)}
    if roles & PERMITS["import"].roles:
        return True
    own = System.objects.filter(Q(owner=user) | Q(deputy=user))
    return bool(own.exists())


def import_for(*, import_id: UUID, user: User, at: datetime) -> Import:
    """Return an import that a person may see. Raises Missing."""
    found = imports_for(user=user, at=at).filter(pk=import_id).first()
    if found is None:
        raise Missing("unknown_import", "There is no such import that you may see.")
    return found


def rows_of_import(*, import_id: UUID, action: str = "", kind: str = "") -> QuerySet[ImportRow]:
    """Return the rows of an import in the order of the file."""
    rows = ImportRow.objects.filter(of_id=import_id)
    if action:
        rows = rows.filter(action=action)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.order_by("kind", "number")


def counts_of(rows: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Return {kind: {action: how many}} of (kind, action) pairs."""
    counted: dict[str, dict[str, int]] = {}
    for (kind, action), count in sorted(Counter(rows).items()):
        counted.setdefault(kind, {})[action] = count
    return counted


def tables_of(found: Import) -> dict[str, list[Row]]:
    """Return the rows of an import as they were read, by kind."""
    tables: dict[str, list[Row]] = {}
    for row in rows_of_import(import_id=found.pk):
        notes = tuple(row.raw.get("notes", ()))
        read = Row(row.number, row.raw["cells"], row.hidden, row.passed, notes)
        tables.setdefault(row.kind, []).append(read)
    return tables


def said_of(found: Import) -> Said:
    """Return what was chosen for an import."""
    options = found.options
    return Said(
        date_order=options.get("date_order", ""),
        hidden=bool(options.get("hidden")),
        without_bad=bool(options.get("without_bad")),
        chosen=options.get("choices", {}),
    )


def world_for(*, user: User, source: str, at: datetime) -> World:
    """Return what a person's import may refer to; a bounded number of queries."""
    visible = systems_visible_to(user=user, at=at)
    systems = list(visible.exclude(kind=System.Kind.RECORD))
    return World(
        people=tuple(_people()),
        units=tuple(Known(str(pk), name) for pk, name in Unit.objects.values_list("pk", "name")),
        systems=tuple(Known(row.slug, row.name) for row in systems),
        present={row.slug: _values(row) for row in systems},
        taken=frozenset({*System.objects.values_list("slug", flat=True), *RESERVED}),
        versions=_versions(systems),
        recorded=_recorded(systems),
        source=source,
        zone=ZoneInfo(user.zone),
    )


def _people() -> Iterable[Known]:
    rows = User.objects.filter(is_active=True, kind=User.Kind.PERSON).order_by("name", "pk")
    for pk, name, email in rows.values_list("pk", "name", "email"):
        yield Known(str(pk), name, email)


def _values(system: System) -> Mapping[str, str]:
    return {
        "name": system.name,
        "kind": str(system.kind),
        "unit": str(system.unit_id),
        "owner": str(system.owner_id),
        "deputy": str(system.deputy_id),
        "purpose": system.purpose,
        "users_affected": system.users_affected,
        "supplier": system.supplier,
        "data_sources": system.data_sources,
        "risk_tier": str(system.risk_tier),
        "legal_class": str(system.legal_class),
    }


def _versions(systems: Iterable[System]) -> Mapping[tuple[str, str], str]:
    rows = SystemVersion.objects.filter(system__in=[row.pk for row in systems])
    values = rows.values_list("system__slug", "label", "identity_hash")
    return {(slug, label): hashed for slug, label, hashed in values}


def _recorded(systems: Iterable[System]) -> frozenset[tuple[str, str]]:
    rows = RecordedElsewhere.objects.filter(system__in=[row.pk for row in systems])
    return frozenset(rows.values_list("system__slug", "fingerprint"))


def recorded_elsewhere(*, system_id: UUID) -> QuerySet[RecordedElsewhere]:
    """Return what other records say of a system's past, newest first: unsigned, no evidence."""
    rows = RecordedElsewhere.objects.filter(system_id=system_id).select_related("recorded_by")
    return rows.order_by("-began_at", "pk")


def model_registries() -> QuerySet[ModelRegistry]:
    """Return the registries that versions are read from, by name."""
    return ModelRegistry.objects.order_by("name")


def model_registry(registry_id: UUID) -> ModelRegistry:
    """Return a registry. Raises Missing."""
    found: Any = ModelRegistry.objects.filter(pk=registry_id).first()
    if found is None:
        raise Missing("unknown_registry", "There is no such model registry.")
    known: ModelRegistry = found
    return known
