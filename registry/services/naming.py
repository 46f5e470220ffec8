"""Knowledge, data sources and policies that a leaver answers for; handed over or ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Missing
from ledger.rules.worded import word, worded
from ledger.services.entries import append_entry
from registry import duties
from registry.duties import Duty, Source
from registry.models import BehaviourPolicy, DataSource, KnowledgeOwner
from registry.services.access import require_unit_permit
from registry.services.lifecycle import lock_system


def register_naming() -> None:
    """Register these duties."""
    duties.register(Source("knowledge", word("Knowledge"), find_knowledge, hand_over_knowledge))
    duties.register(Source("data sources", word("Data sources"), find_sources, hand_over_source))
    duties.register(Source("behaviour policies", word("Behaviour policies"), find_policies))


def find_knowledge(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the domains of knowledge that a person answers for."""
    rows = KnowledgeOwner.objects.filter(person_id=person_id, until_at__isnull=True)
    return [
        Duty(
            str(row.pk),
            worded(
                "Answers for what {system} knows of {domain}",
                system=row.system.name,
                domain=row.domain,
            ),
            f"/systems/{row.system.slug}/profile/knowledge/",
        )
        for row in rows.select_related("system").order_by("system__name", "domain")
    ]


def find_sources(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the data sources that a person owns."""
    rows = DataSource.objects.filter(owner_id=person_id, until_at__isnull=True)
    return [
        Duty(
            str(row.pk),
            worded(
                "Owns the data source {name} of {system}", name=row.name, system=row.system.name
            ),
            f"/systems/{row.system.slug}/profile/data/{row.pk}/",
        )
        for row in rows.select_related("system").order_by("system__name", "name")
    ]


def find_policies(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the behaviour policies in force that name a person as their owner.

    What is in force is not rewritten: another version names somebody else.
    """
    rows = BehaviourPolicy.objects.filter(owner_id=person_id, state="in_force")
    note = "Another version of the policy has to name somebody else."
    return [
        Duty(
            str(row.pk),
            worded("Owns the behaviour policy of {system}", system=row.system.name),
            f"/systems/{row.system.slug}/profile/behaviour/",
            "optional",
            note,
        )
        for row in rows.select_related("system").order_by("system__name")
    ]


@transaction.atomic
def hand_over_knowledge(
    *, duty_id: str, from_id: UUID, to_id: UUID | None, reason: str, actor: Actor, at: datetime
) -> None:
    """Let a successor answer for a domain, by the same date. Raises Missing, Forbidden."""
    row = _row(KnowledgeOwner, duty_id, "person_id", from_id, actor, at)
    row.until_at = at
    row.save(update_fields=["until_at"], at=at)
    if to_id is not None:
        KnowledgeOwner(
            system=row.system, domain=row.domain, person_id=to_id, review_on=row.review_on,
            from_at=at,
        ).save(force_insert=True, at=at)  # fmt: skip
    verb = "knowledge.assigned" if to_id else "knowledge.ended"
    _record(
        row, verb, {"person": from_id}, {"person": to_id, "domain": row.domain}, reason, actor, at
    )


@transaction.atomic
def hand_over_source(
    *, duty_id: str, from_id: UUID, to_id: UUID | None, reason: str, actor: Actor, at: datetime
) -> None:
    """Let a successor own a data source. Raises Missing, Forbidden."""
    row = _row(DataSource, duty_id, "owner_id", from_id, actor, at)
    row.owner_id = to_id
    row.save(update_fields=["owner"], at=at)
    before, after = {"owner": from_id}, {"owner": to_id, "name": row.name}
    _record(row, "data_source.changed", before, after, reason, actor, at)


def _row(model: Any, key: str, column: str, person_id: UUID, actor: Actor, at: datetime) -> Any:
    rows = model.objects.select_related("system")
    row = rows.filter(pk=key, until_at__isnull=True, **{column: person_id}).first()
    if row is None:
        raise Missing("not_there", "That is not there any more.")
    system = lock_system(row.system_id)
    subject = ("system", str(system.pk), system.name)
    require_unit_permit(
        act="administer", unit_id=system.unit_id, actor=actor, at=at, subject=subject
    )
    return row


def _record(
    row: Any,
    verb: str,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("system", str(row.system_id), row.system.name),
        before=before,
        after=after,
        reason=reason,
        system_id=row.system_id,
        details={"id": row.pk},
    )
