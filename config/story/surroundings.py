"""What stands around the demo's systems: regimes, data, other systems, suppliers and a notice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from config.story.readiness import as_person, told_in
from governance.services.supplier_notices import record_notice
from ledger.context import acting_as
from registry.models import Product, Supplier, System, User
from registry.services.products import register_product, use_product
from registry.services.regimes import set_organisation_profile
from registry.services.suppliers import Profile, Told, register_supplier
from registry.services.surroundings import (
    Source,
    add_data_source,
    add_dependency,
    assign_knowledge,
)

FILE = "surroundings.yaml"


@dataclass(frozen=True, slots=True)
class Cast:
    """The people by key and the systems by slug, at the instant of the loading."""

    people: Mapping[str, User]
    systems: Mapping[str, System]
    at: datetime

    def day(self, days: int) -> date:
        """Return the day so many days after the loading, or before it."""
        return (self.at + timedelta(days=days)).date()


def surround(cast: Cast) -> None:
    """Write down regimes, data sources, dependencies, knowledge, suppliers and their notices.

    Before the systems are classified: a dependency that is added later asks for a new
    classification. While nothing is live a notice opens no incident.
    """
    told = told_in(FILE)
    _regimes(cast, told["regimes"])
    for slug, around in told["systems"].items():
        _around(cast, cast.systems[slug], around)
    for supplier in told["suppliers"]:
        _supplier(cast, supplier)


def _regimes(cast: Cast, told: Mapping[str, Any]) -> None:
    actor = as_person(cast.people["maren"])
    with acting_as(actor):
        set_organisation_profile(
            answers=told["answers"], expected_version=0, reason=told["reason"],
            actor=actor, at=cast.at,
        )  # fmt: skip


def _around(cast: Cast, system: System, told: Mapping[str, Any]) -> None:
    actor = as_person(system.owner)
    with acting_as(actor):
        for one in told["sources"]:
            owner = cast.people[one["owner"]].pk if "owner" in one else None
            given = {name: value for name, value in one.items() if name != "owner"}
            add_data_source(
                system_id=system.pk, given=Source(owner_id=owner, **given), actor=actor, at=cast.at
            )
        for one in told["needs"]:
            add_dependency(
                system_id=system.pk, on_system_id=cast.systems[one["on"]].pk, kind=one["kind"],
                note=one["note"], actor=actor, at=cast.at,
            )  # fmt: skip
        for one in told.get("knowledge", ()):
            assign_knowledge(
                system_id=system.pk, domain=one["domain"], person_id=cast.people[one["person"]].pk,
                review_on=cast.day(one["review"]), actor=actor, at=cast.at,
            )  # fmt: skip


def _supplier(cast: Cast, told: Mapping[str, Any]) -> None:
    keeper = cast.people[told["keeper"]]
    actor = as_person(keeper)
    with acting_as(actor):
        supplier = register_supplier(
            slug=told["slug"],
            profile=Profile(
                told["name"], keeper.pk, told["about"], told["contact"], told["website"],
                cast.day(told["review"]),
            ),
            actor=actor, at=cast.at,
        )  # fmt: skip
        products = [_product(cast, supplier, one) for one in told["products"]]
        if "notice" in told:
            _notice(cast, supplier, products, told["notice"], keeper)


def _product(cast: Cast, supplier: Supplier, told: Mapping[str, Any]) -> Product:
    actor = as_person(supplier.keeper)
    product = register_product(
        supplier_id=supplier.pk, name=told["name"], kind=told["kind"], identity=told["identity"],
        actor=actor, at=cast.at,
    )  # fmt: skip
    for slug, note in told["used_by"].items():
        system = cast.systems[slug]
        owner = as_person(system.owner)
        with acting_as(owner):
            use_product(
                system_id=system.pk, product_id=product.pk, since=cast.day(-120), note=note,
                actor=owner, at=cast.at,
            )  # fmt: skip
    return product


def _notice(
    cast: Cast, supplier: Supplier, products: list[Product], told: Mapping[str, Any], keeper: User
) -> None:
    record_notice(
        supplier_id=supplier.pk,
        product_ids=[product.pk for product in products],
        told=Told(
            told["kind"], told["title"], told["text"], cast.at - timedelta(hours=3),
            cast.people[told["received_by"]].pk, told["link"], cast.day(told["effective"]),
        ),
        actor=as_person(keeper), at=cast.at,
    )  # fmt: skip
