"""Suppliers: registered, reviewed, and the notices of what they supply kept (REG-10).

What a notice means for the systems that use the product is for a floor above: it records the notice
and opens incidents in one transaction.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import (
    NoticeProduct,
    Product,
    Supplier,
    SupplierNotice,
    User,
)
from registry.selectors.documents import day_of
from registry.services.access import require_anywhere

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LINK = re.compile(r"https?://[^\s/$.?#][^\s]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a supplier."""

    name: str
    keeper_id: UUID
    about: str = ""
    contact: str = ""
    website: str = ""
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a supplier told, and who of the organisation had it first, when."""

    kind: str
    title: str
    text: str
    received_at: datetime
    received_by_id: UUID
    link: str = ""
    effective_on: date | None = None


@transaction.atomic
def register_supplier(*, slug: str, profile: Profile, actor: Actor, at: datetime) -> Supplier:
    """Register a supplier. Raises Forbidden, Invalid, Conflict (in use)."""
    subject = ("supplier", slug, profile.name)
    require_anywhere(act="supplier.keep", actor=actor, at=at, subject=subject)
    if not SLUG.fullmatch(slug):
        words = "Small letters, digits and single hyphens only, such as example-cloud."
        raise Invalid("bad_slug", words, fields={"slug": words})
    _check_profile(profile)
    if Supplier.objects.filter(slug=slug).exists():
        raise Conflict("slug_in_use", worded("There is a supplier {slug!r} already.", slug=slug))
    _check_name(profile.name)
    supplier = Supplier(slug=slug, created_at=at)
    _apply(supplier, profile)
    supplier.save(force_insert=True, at=at)
    append_entry(
        verb="supplier.registered",
        actor=actor,
        at=at,
        subject=("supplier", str(supplier.pk), supplier.name),
        after={"slug": slug, "keeper": profile.keeper_id, "review_on": profile.review_on},
    )
    return supplier


@transaction.atomic
def change_supplier(
    *, supplier_id: UUID, expected_version: int, profile: Profile, actor: Actor, at: datetime
) -> Supplier:
    """Change what is known of a supplier. Raises Missing, Forbidden, Invalid, Conflict."""
    supplier = _locked(supplier_id, expected_version, actor, at)
    _check_profile(profile)
    if profile.name.strip() != supplier.name:
        _check_name(profile.name)
    before = {"name": supplier.name, "keeper": supplier.keeper_id, "review_on": supplier.review_on}
    _apply(supplier, profile)
    supplier.version += 1
    supplier.save(at=at)
    append_entry(
        verb="supplier.changed",
        actor=actor,
        at=at,
        subject=subject_of(supplier),
        before=before,
        after={
            "name": supplier.name,
            "keeper": supplier.keeper_id,
            "review_on": supplier.review_on,
            "version": supplier.version,
        },
    )
    return supplier


@transaction.atomic
def review_supplier(
    *,
    supplier_id: UUID,
    expected_version: int,
    note: str,
    review_on: date,
    actor: Actor,
    at: datetime,
) -> Supplier:
    """Keep that a supplier was reviewed, what was found, and when it is again. Raises as above."""
    supplier = _locked(supplier_id, expected_version, actor, at)
    found = {}
    if not note.strip():
        found["note"] = "Say what was looked at and found."
    if review_on <= day_of(at):
        found["review_on"] = "The next review lies ahead."
    if found:
        raise Invalid("review_not_right", next(iter(found.values())), fields=found)
    before = supplier.review_on
    supplier.reviewed_at, supplier.reviewed_by_id = at, actor.person
    supplier.review_note, supplier.review_on = note.strip(), review_on
    supplier.version += 1
    supplier.save(at=at)
    append_entry(
        verb="supplier.reviewed",
        actor=actor,
        at=at,
        subject=subject_of(supplier),
        before={"review_on": before},
        after={"review_on": review_on, "version": supplier.version},
        reason=supplier.review_note,
    )
    return supplier


@transaction.atomic
def keep_notice(
    *,
    supplier_id: UUID,
    product_ids: Sequence[UUID],
    told: Told,
    actor: Actor,
    at: datetime,
) -> SupplierNotice:
    """Keep what a supplier told of its products; nothing else follows here.

    Raises Missing, Forbidden, Invalid.
    """
    supplier = supplier_of_id(supplier_id)
    require_anywhere(act="supplier.notice", actor=actor, at=at, subject=subject_of(supplier))
    if actor.person is None:
        raise Forbidden("person_needed", "A notice is recorded by a person who is signed in.")
    products = _products(supplier, product_ids)
    _check_told(told, at)
    notice = SupplierNotice(
        supplier=supplier,
        kind=told.kind,
        title=told.title.strip(),
        text=told.text.strip(),
        link=told.link.strip(),
        effective_on=told.effective_on,
        received_at=told.received_at,
        received_by_id=told.received_by_id,
        recorded_by_id=actor.person,
        recorded_at=at,
    )
    notice.save(force_insert=True, at=at)
    for product in products:
        NoticeProduct(notice=notice, product=product, recorded_at=at).save(force_insert=True, at=at)
    append_entry(
        verb="supplier.notice_recorded",
        actor=actor,
        at=at,
        subject=("supplier_notice", str(notice.pk), notice.title),
        after={
            "supplier": supplier.slug,
            "products": [product.name for product in products],
            "kind": notice.kind,
            "received_at": notice.received_at,
            "received_by": notice.received_by.on_record,
            "effective_on": notice.effective_on,
        },
        reason=notice.text,
    )
    return notice


def _check_profile(profile: Profile) -> None:
    found = {}
    if not profile.name.strip() or len(profile.name.strip()) > 120:
        found["name"] = "Give the supplier's name, at most 120 characters."
    if profile.website and not LINK.fullmatch(profile.website.strip()):
        found["website"] = "An address begins with https://."
    if not _is_person(profile.keeper_id):
        found["keeper"] = "No active person."
    if found:
        raise Invalid("supplier_not_right", next(iter(found.values())), fields=found)


def _check_name(name: str) -> None:
    if Supplier.objects.filter(name=name.strip()).exists():
        raise Conflict("name_in_use", "There is a supplier of this name already.")


def _check_told(told: Told, at: datetime) -> None:
    checks = {
        "kind": (told.kind in SupplierNotice.Kind.values, "There is no such kind."),
        "title": (
            0 < len(told.title.strip()) <= 160,
            "Say in at most 160 characters what it is about.",
        ),
        "text": (bool(told.text.strip()), "Say what the supplier told."),
        "link": (
            not told.link or LINK.fullmatch(told.link.strip()) is not None,
            "An address begins with https://.",
        ),
        "received_at": (told.received_at <= at, "This lies in the future."),
        "received_by": (_is_person(told.received_by_id), "No active person."),
    }
    found = {name: words for name, (right, words) in checks.items() if not right}
    if found:
        raise Invalid("notice_not_right", next(iter(found.values())), fields=found)


def _is_person(person_id: UUID) -> bool:
    people = User.objects.filter(pk=person_id, is_active=True, kind=User.Kind.PERSON)
    return bool(people.exists())


def _apply(supplier: Supplier, profile: Profile) -> None:
    supplier.name, supplier.keeper_id = profile.name.strip(), profile.keeper_id
    supplier.about, supplier.contact = profile.about.strip(), profile.contact.strip()
    supplier.website, supplier.review_on = profile.website.strip(), profile.review_on


def _locked(supplier_id: UUID, expected_version: int, actor: Actor, at: datetime) -> Supplier:
    supplier = supplier_of_id(supplier_id, lock=True)
    require_anywhere(act="supplier.keep", actor=actor, at=at, subject=subject_of(supplier))
    if supplier.version != expected_version:
        words = "Somebody else changed this supplier a moment ago. Load it again."
        raise Conflict("stale_version", words, extra={"version": supplier.version})
    return supplier


def supplier_of_id(supplier_id: UUID, *, lock: bool = False) -> Supplier:
    """Return a supplier, perhaps locked. Raises Missing."""
    rows = Supplier.objects.all()
    if lock:
        rows = rows.select_for_update(no_key=True)
    found: Supplier | None = rows.filter(pk=supplier_id).first()
    if found is None:
        raise Missing("unknown_supplier", "There is no such supplier.")
    return found


def _products(supplier: Supplier, product_ids: Sequence[UUID]) -> list[Product]:
    found = list(supplier.products.filter(pk__in=product_ids).order_by("name"))
    if not found or len(found) != len(set(product_ids)):
        words = "Name at least one product of this supplier."
        raise Invalid("unknown_product", words, fields={"products": words})
    return found


def subject_of(supplier: Supplier) -> tuple[str, str, str]:
    """Return what an entry about a supplier is about."""
    return "supplier", str(supplier.pk), supplier.name
