"""A supplier's notice: kept, and an incident opened on every live system that uses the product."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from governance.models import NoticeCase
from governance.rules.supplier_notices import noticed_severity
from governance.services.order_firing import fire_on_case
from governance.services.plans import freeze_plan
from incidents.models import Incident
from incidents.services.commands import open_incident
from ledger.rules.actors import Actor
from ledger.services.entries import append_entry
from registry.models import ProductUse, SupplierNotice, System
from registry.selectors.suppliers import users_of
from registry.selectors.systems import live_deployment
from registry.services.suppliers import Told, keep_notice

KIND = Incident.Kind.SUPPLIER
LIVE = (System.Lifecycle.PILOT, System.Lifecycle.PRODUCTION)


@transaction.atomic
def record_notice(
    *,
    supplier_id: UUID,
    product_ids: Sequence[UUID],
    told: Told,
    actor: Actor,
    at: datetime,
) -> SupplierNotice:
    """Keep a notice and open one incident on every live system that uses one of its products.

    One system has one incident of a notice, however many of the products it uses (T01, supplier
    notice). A system that is not live gets a line. Raises Missing, Forbidden, Invalid.
    """
    notice = keep_notice(
        supplier_id=supplier_id, product_ids=product_ids, told=told, actor=actor, at=at
    )
    for uses in _by_system(product_ids, at):
        _settle(notice, uses, actor, at)
    return notice


def _by_system(product_ids: Sequence[UUID], at: datetime) -> list[list[ProductUse]]:
    found: dict[UUID, list[ProductUse]] = {}
    for use in users_of(product_ids=product_ids, at=at):
        found.setdefault(use.system_id, []).append(use)
    return list(found.values())


def _settle(
    notice: SupplierNotice, uses: Sequence[ProductUse], actor: Actor, at: datetime
) -> NoticeCase:
    """Tie a notice to one system, by an incident where the system is live."""
    system = uses[0].system
    products = ", ".join(use.product.name for use in uses)
    live = system.lifecycle in LIVE
    incident = _open(notice, system, products, actor, at) if live else None
    if incident is not None:
        fire_on_case(incident=incident, at=at)
    case = NoticeCase(
        notice=notice,
        system=system,
        incident=incident,
        lifecycle=system.lifecycle,
        products=products,
        at=at,
    )
    case.save(force_insert=True, at=at)
    append_entry(
        verb="supplier.notice_tied",
        actor=actor,
        at=at,
        subject=("supplier_notice", str(notice.pk), notice.title),
        after={"system": system.slug, "products": products},
        reason="" if live else f"{system.name} is {system.lifecycle}: no incident is opened",
        incident_id=incident.pk if incident else None,
        system_id=system.pk,
    )
    return case


def _open(
    notice: SupplierNotice, system: System, products: str, actor: Actor, at: datetime
) -> Incident:
    severity = noticed_severity(notice.kind, system.risk_tier)
    deployment = live_deployment(system_id=system.pk)
    return open_incident(
        kind=KIND,
        dedup_key=_key(notice, system),
        title=f"{notice.supplier.name}: {notice.title}"[:200],
        summary=notice.text,
        category=KIND,
        system=system,
        environment=deployment.environment if deployment else "production",
        live_version=deployment.version if deployment else None,
        severity=str(severity),
        plan=freeze_plan(unit=system.unit, system=system, severity=severity, at=at),
        onset_at=None,
        onset_method="",
        detected_at=notice.received_at,
        actor=actor,
        at=at,
        facts={
            "supplier": notice.supplier.name,
            "products": products,
            "notice": str(notice.pk),
            "notice_kind": notice.kind,
            "known_by": notice.received_by.name,
        },
        aware_at=notice.received_at,
        aware_by=notice.received_by.name,
    )


def _key(notice: SupplierNotice, system: System) -> str:
    """One cause is one notice at one system."""
    return sha256(f"supplier-notice\x1f{notice.pk}\x1f{system.pk}".encode()).hexdigest()
