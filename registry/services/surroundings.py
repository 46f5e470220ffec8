"""What a system rests on: other systems, data sources, people who answer for its knowledge."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from registry.models import DataSource, Dependency, KnowledgeOwner, System, User
from registry.services.access import require_system_permit
from registry.services.classification import reopen_for_change
from registry.services.lifecycle import lock_system


@dataclass(frozen=True, slots=True)
class Source:
    """A data source as it is given; `owner_id` is one of our people, `holder` anybody else."""

    name: str
    kind: str
    owner_id: UUID | None = None
    holder: str = ""
    personal_data: str = "unknown"
    legal_basis: str = ""
    licence: str = ""
    refresh: str = ""


@transaction.atomic
def add_dependency(
    *, system_id: UUID, on_system_id: UUID, kind: str, note: str = "", actor: Actor, at: datetime
) -> Dependency:
    """Say that a system needs another one; the door has asked whether the actor may see that one.

    Raises Missing, Forbidden, Invalid, Conflict (said already).
    """
    system = _opened(system_id, actor, at)
    other = System.objects.filter(pk=on_system_id).first()
    if other is None:
        raise Missing("unknown_system", "There is no such system that you may see.")
    _choice("kind", kind, Dependency.Kind.values)
    if other.pk == system.pk:
        words = "A system does not depend on itself."
        raise Invalid("depends_on_itself", words, fields={"on_system": words})
    said = Dependency.objects.filter(system=system, on_system=other, kind=kind, until_at=None)
    if said.exists():
        raise Conflict("said_already", "That dependency is written down already.")
    row = Dependency(system=system, on_system=other, kind=kind, note=note, from_at=at)
    row.save(force_insert=True, at=at)
    after = {"on": other.pk, "kind": kind, "note": note}
    _record(system, "dependency.added", actor, at, after=after, details={"id": row.pk})
    # No name: who reads this one's classification may not see the other system.
    kind = term(row.get_kind_display(), lowered=True)
    what = worded("It needs another system now ({kind}).", kind=kind)
    reopen_for_change(system_id=system.pk, what=what, actor=actor, at=at)
    return row


@transaction.atomic
def end_dependency(
    *, dependency_id: UUID, system_id: UUID, reason: str, actor: Actor, at: datetime
) -> Dependency:
    """Say that a system no longer needs another one; the row stays. Raises Missing, Forbidden."""
    system = _opened(system_id, actor, at)
    row: Dependency = _still(Dependency, dependency_id, system)
    before = {"on": row.on_system_id, "kind": row.kind}
    _end(row, system, "dependency.ended", reason, actor, at, before=before)
    return row


@transaction.atomic
def add_data_source(*, system_id: UUID, given: Source, actor: Actor, at: datetime) -> DataSource:
    """Write down where data come from. Raises Missing, Forbidden, Invalid, Conflict (name)."""
    system = _opened(system_id, actor, at)
    _check_source(system, given)
    row = DataSource(system=system, from_at=at, **asdict(given))
    row.save(force_insert=True, at=at)
    after = {**_filled(asdict(given)), "personal_data": given.personal_data}
    _record(system, "data_source.added", actor, at, after=after, details={"id": row.pk})
    return row


@transaction.atomic
def change_data_source(
    *, source_id: UUID, system_id: UUID, given: Source, reason: str, actor: Actor, at: datetime
) -> DataSource:
    """Change what is said of a data source. Raises Missing, Forbidden, Invalid, Conflict."""
    system = _opened(system_id, actor, at)
    row: DataSource = _still(DataSource, source_id, system)
    _say_why(reason)
    _check_source(system, given, but=row.pk)
    wanted = asdict(given)
    names = [name for name, value in wanted.items() if getattr(row, name) != value]
    if not names:
        raise Invalid("nothing_changed", "Nothing differs from what stands there.")
    before = {name: getattr(row, name) for name in names}
    for name in names:
        setattr(row, name, wanted[name])
    row.save(update_fields=names, at=at)
    after = {name: wanted[name] for name in names}
    _record(
        system, "data_source.changed", actor, at, before=before, after=after, reason=reason,
        details={"id": row.pk},
    )  # fmt: skip
    return row


@transaction.atomic
def end_data_source(
    *, source_id: UUID, system_id: UUID, reason: str, actor: Actor, at: datetime
) -> DataSource:
    """Say that a data source is used no more; the row stays. Raises Missing, Forbidden."""
    system = _opened(system_id, actor, at)
    row: DataSource = _still(DataSource, source_id, system)
    _end(row, system, "data_source.ended", reason, actor, at, before={"name": row.name})
    return row


@transaction.atomic
def assign_knowledge(
    *,
    system_id: UUID,
    domain: str,
    person_id: UUID,
    review_on: date,
    actor: Actor,
    at: datetime,
) -> KnowledgeOwner:
    """Say who answers for a domain of a system's knowledge; who did before is ended.

    Raises Missing, Forbidden, Invalid.
    """
    system = _opened(system_id, actor, at)
    _text("domain", domain)
    _active("person", person_id)
    if review_on < at.date():
        words = "The next review lies ahead."
        raise Invalid("review_past", words, fields={"review_on": words})
    held = KnowledgeOwner.objects.filter(system=system, domain=domain, until_at=None).first()
    before = None
    if held is not None:
        before = {"person": held.person_id, "review_on": held.review_on}
        held.until_at = at
        held.save(update_fields=["until_at"], at=at)
    row = KnowledgeOwner(
        system=system, domain=domain, person_id=person_id, review_on=review_on, from_at=at
    )
    row.save(force_insert=True, at=at)
    after = {"domain": domain, "person": person_id, "review_on": review_on}
    _record(system, "knowledge.assigned", actor, at, before=before, after=after)
    return row


@transaction.atomic
def end_knowledge(
    *, owner_id: UUID, system_id: UUID, reason: str, actor: Actor, at: datetime
) -> KnowledgeOwner:
    """Say that a system no longer knows of a domain; the row stays. Raises Missing, Forbidden."""
    system = _opened(system_id, actor, at)
    row: KnowledgeOwner = _still(KnowledgeOwner, owner_id, system)
    _end(row, system, "knowledge.ended", reason, actor, at, before={"domain": row.domain})
    return row


def _opened(system_id: UUID, actor: Actor, at: datetime) -> System:
    system = lock_system(system_id)
    require_system_permit(act="describe", system=system, actor=actor, at=at)
    return system


def _still(model: Any, key: UUID, system: System) -> Any:
    row = model.objects.filter(pk=key, system=system, until_at__isnull=True).first()
    if row is None:
        raise Missing("not_there", "That is not there any more.")
    return row


def _check_source(system: System, given: Source, *, but: UUID | None = None) -> None:
    _text("name", given.name)
    _choice("kind", given.kind, DataSource.Kind.values)
    _choice("personal_data", given.personal_data, DataSource.Personal.values)
    if given.owner_id is not None:
        _active("owner", given.owner_id)
    same = DataSource.objects.filter(system=system, name=given.name, until_at=None)
    if but is not None:
        same = same.exclude(pk=but)
    if same.exists():
        words = "There is a data source of that name."
        raise Conflict("name_in_use", words, fields={"name": words})


def _choice(name: str, value: str, known: list[str]) -> None:
    if value not in known:
        raise Invalid(f"unknown_{name}", "There is no such choice.", fields={name: "unknown"})


def _text(name: str, value: str) -> None:
    if not value.strip():
        raise Invalid(f"{name}_missing", "It is needed.", fields={name: "needed"})


def _active(name: str, person_id: UUID) -> None:
    known = User.objects.filter(pk=person_id, is_active=True, kind=User.Kind.PERSON)
    if not known.exists():
        words = "That is no active person."
        raise Invalid("unknown_person", words, fields={name: words})


def _say_why(reason: str) -> None:
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _end(
    row: Any, system: System, verb: str, reason: str, actor: Actor, at: datetime,
    *, before: dict[str, Any],
) -> None:  # fmt: skip
    _say_why(reason)
    row.until_at = at
    row.save(update_fields=["until_at"], at=at)
    after, details = {"until": at}, {"id": row.pk}
    _record(system, verb, actor, at, before=before, after=after, reason=reason, details=details)


def _record(
    system: System,
    verb: str,
    actor: Actor,
    at: datetime,
    *,
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("system", str(system.pk), system.name),
        before=before,
        after=after,
        reason=reason,
        system_id=system.pk,
        details=details,
    )
