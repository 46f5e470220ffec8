"""Suppliers and products as tests need them; every argument has a default."""

from registry.services.products import register_product, use_product
from registry.services.suppliers import Profile, register_supplier
from tests.registry.factories import SETUP, call, person_as_actor, unique, user


def supplier(*, name=None, **changes):
    """Register a supplier."""
    slug = unique("supplier")
    arguments = {"name": name or slug, "keeper_id": user().pk} | changes
    return call(register_supplier, slug=slug, profile=Profile(**arguments))


def product(of=None, *, name=None, kind="hosted_model", identity="model-2026-10"):
    """Register a product of a supplier."""
    return call(
        register_product,
        supplier_id=(of or supplier()).pk,
        name=name or unique("product"),
        kind=kind,
        identity=identity,
    )


def used(by_system, of, *, since=None, by=None):
    """Record that a system uses a product."""
    return call(
        use_product,
        system_id=by_system.pk,
        product_id=of.pk,
        since=since,
        actor=person_as_actor(by) if by else SETUP,
    )
