"""What suppliers supply: products, and which system uses them from when until when (REG-10)."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import Product, ProductUse, System
from registry.selectors.documents import day_of
from registry.services.access import require_anywhere, require_system_permit
from registry.services.suppliers import subject_of, supplier_of_id


@transaction.atomic
def register_product(
    *, supplier_id: UUID, name: str, kind: str, identity: str, actor: Actor, at: datetime
) -> Product:
    """Register what a supplier supplies. Raises Missing, Forbidden, Invalid, Conflict."""
    supplier = supplier_of_id(supplier_id)
    require_anywhere(act="supplier.keep", actor=actor, at=at, subject=subject_of(supplier))
    found = {}
    if not name.strip() or len(name.strip()) > 120:
        found["name"] = "Give it a name of at most 120 characters."
    if kind not in Product.Kind.values:
        found["kind"] = "There is no such kind."
    if found:
        raise Invalid("product_not_right", next(iter(found.values())), fields=found)
    if supplier.products.filter(name=name.strip()).exists():
        raise Conflict("name_in_use", "This supplier has a product of this name already.")
    product = Product(
        supplier=supplier, name=name.strip(), kind=kind, identity=identity.strip(), created_at=at
    )
    product.save(force_insert=True, at=at)
    append_entry(
        verb="product.registered",
        actor=actor,
        at=at,
        subject=("product", str(product.pk), product.name),
        after={"supplier": supplier.slug, "kind": kind, "identity": product.identity},
    )
    return product


@transaction.atomic
def use_product(
    *,
    system_id: UUID,
    product_id: UUID,
    since: date | None,
    note: str = "",
    actor: Actor,
    at: datetime,
) -> ProductUse:
    """Record that a system uses a product since a day (None: today). Raises as `end_use`."""
    system = _system(system_id)
    require_system_permit(act="product.use", system=system, actor=actor, at=at)
    product = Product.objects.select_related("supplier").filter(pk=product_id).first()
    if product is None or product.ended_at is not None:
        raise Missing("unknown_product", "There is no such product.")
    if ProductUse.objects.filter(system=system, product=product, until__isnull=True).exists():
        raise Conflict(
            "used_already",
            worded(
                "{system_name} uses {product_name} already.",
                system_name=system.name,
                product_name=product.name,
            ),
        )
    if since is not None and since > day_of(at):
        words = "This day lies ahead; record the use when it begins."
        raise Invalid("use_ahead", words, fields={"since": words})
    use = ProductUse(
        system=system,
        product=product,
        since=since or day_of(at),
        note=note.strip(),
        recorded_by_id=actor.person,
        recorded_at=at,
    )
    use.save(force_insert=True, at=at)
    append_entry(
        verb="product.used",
        actor=actor,
        at=at,
        subject=("product", str(product.pk), product.name),
        after={"system": system.slug, "supplier": product.supplier.slug, "since": use.since},
        reason=use.note,
        system_id=system.pk,
    )
    return use


@transaction.atomic
def end_use(
    *, use_id: UUID, until: date | None, reason: str, actor: Actor, at: datetime
) -> ProductUse:
    """Record that a system uses a product no more. Raises Missing, Forbidden, Invalid, Conflict."""
    rows = ProductUse.objects.select_for_update(no_key=True, of=("self",))
    use = (
        rows.select_related("system__owner", "system__deputy", "product").filter(pk=use_id).first()
    )
    if use is None:
        raise Missing("unknown_use", "There is no such use of a product.")
    require_system_permit(act="product.use", system=use.system, actor=actor, at=at)
    if use.until is not None:
        raise Conflict("ended_already", "This use has ended already.")
    last = until or day_of(at)
    if not use.since <= last <= day_of(at):
        words = "The last day lies between the first one and today."
        raise Invalid("use_ends_wrong", words, fields={"until": words})
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})
    use.until = last
    use.save(at=at)
    append_entry(
        verb="product.use_ended",
        actor=actor,
        at=at,
        subject=("product", str(use.product_id), use.product.name),
        after={"system": use.system.slug, "until": last},
        reason=reason.strip(),
        system_id=use.system_id,
    )
    return use


def _system(system_id: UUID) -> System:
    rows = System.objects.select_related("owner", "deputy")
    found: System | None = rows.filter(pk=system_id).first()
    if found is None:
        raise Missing("unknown_system", "There is no such system that you may see.")
    return found
