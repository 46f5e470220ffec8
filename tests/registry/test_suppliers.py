"""REG-10: suppliers, their products and who uses them; kept by few, read by who works here."""

import datetime as dt

import pytest
from django.test import Client

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import Supplier, User
from registry.selectors.suppliers import products_of, review_is_due, users_of
from registry.selectors.systems import systems_visible_to
from registry.services.products import end_use
from registry.services.suppliers import Profile, change_supplier, register_supplier, review_supplier
from tests.registry.factories import AT, call, person_as_actor, role, sign_in, system, unit, user
from tests.registry.vendors import product, supplier, used

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
XSS = "<script>alert(1)</script>"


def officer():
    """Return a compliance officer."""
    made = user()
    role(made, "compliance", unit=unit())
    return made


def test_a_supplier_and_its_product_are_on_record():
    of = supplier()

    product(of)

    verbs = list(Entry.objects.filter(verb__contains="registered").order_by("pk"))
    assert [row.verb for row in verbs[-2:]] == ["supplier.registered", "product.registered"]


@pytest.mark.parametrize("name", ["engineer", "auditor", "executive"])
def test_who_keeps_no_suppliers_registers_none(name):
    who = user()
    role(who, name, unit=unit(), until_at=AT + 30 * DAY)

    with pytest.raises(Forbidden):
        call(
            register_supplier,
            slug="other",
            profile=Profile(name="Other", keeper_id=who.pk),
            actor=person_as_actor(who),
        )


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": " "}, "name"), ({"website": "javascript:alert(1)"}, "website"),
     ({"website": "ftp://x"}, "website")],
)  # fmt: skip
def test_what_is_not_right_is_told_at_its_field(changes, field):
    keeper = user()

    with pytest.raises(Invalid) as refused:
        call(
            register_supplier,
            slug="other",
            profile=Profile(**({"name": "Other", "keeper_id": keeper.pk} | changes)),
        )

    assert field in refused.value.fields


def test_a_review_that_is_late_is_due_until_it_sets_the_next_day():
    of = supplier(review_on=dt.date(2026, 11, 1))
    late = review_is_due(of=of, at=AT)

    kept = call(
        review_supplier,
        supplier_id=of.pk,
        expected_version=1,
        note="terms read, no change",
        review_on=dt.date(2027, 11, 1),
    )

    assert late
    assert not review_is_due(of=kept, at=AT)


def test_nobody_is_asked_to_review_a_supplier_that_ended():
    of = supplier(review_on=dt.date(2026, 11, 1))
    asked = review_is_due(of=of, at=AT)

    of.ended_at = AT

    assert asked
    assert not review_is_due(of=of, at=AT)


def test_a_late_review_is_told_in_the_list_and_on_the_page_of_the_supplier(client):
    of = supplier(review_on=dt.date(2026, 11, 1))
    sign_in(client, officer())

    pages = [client.get(f"/suppliers/{path}").text for path in ("", f"{of.slug}/")]

    assert ["overdue" in page for page in pages] == [True, True]


def test_a_stale_change_is_refused():
    of = supplier()

    with pytest.raises(Conflict):
        call(
            change_supplier,
            supplier_id=of.pk,
            expected_version=7,
            profile=Profile(name="New name", keeper_id=of.keeper_id),
        )


def test_a_use_runs_from_a_day_until_one():
    thing, of = system(), product()
    use = used(thing, of, since=dt.date(2026, 11, 1))

    call(end_use, use_id=use.pk, until=dt.date(2026, 11, 10), reason="replaced")

    on = [
        list(users_of(product_ids=[of.pk], at=dt.datetime(2026, 11, day, 12, tzinfo=dt.UTC)))
        for day in (1, 10, 11)
    ]
    assert [len(one) for one in on] == [1, 1, 0]


def test_a_system_uses_a_product_once_at_a_time():
    thing, of = system(), product()
    used(thing, of)

    with pytest.raises(Conflict):
        used(thing, of)


def test_the_owner_says_what_the_system_uses_and_a_stranger_does_not():
    thing, of = system(), product()

    use = used(thing, of, by=User.objects.get(pk=thing.owner_id))
    with pytest.raises(Forbidden):
        used(thing, product(), by=officer())

    assert use.recorded_by_id == thing.owner_id


def test_a_reader_sees_the_uses_of_their_systems_only():
    mine, other, of = system(of=unit()), system(of=unit()), product()
    used(mine, of)
    used(other, of)
    seen = systems_visible_to(user=User.objects.get(pk=mine.owner_id), at=AT)

    (row,) = products_of(supplier=of.supplier, systems=seen)

    assert [use.system for use in row.shown_uses] == [mine]


# ---------------------------------------------------------------- doors


def test_the_pages_carry_a_supplier_through(client):
    who = officer()
    thing = system(of=unit())
    role(who, "compliance", system=thing)
    sign_in(client, who)

    made = client.post(
        "/suppliers/", {"name": "Example Cloud", "slug": "example-cloud", "keeper": str(who.pk)}
    )
    path = "/suppliers/example-cloud/"
    client.post(f"{path}product/", {"name": "Large model", "kind": "hosted_model"})
    of = Supplier.objects.get().products.get()
    client.post(f"{path}use/", {"product": str(of.pk), "system": thing.slug})
    client.post(f"{path}review/", {"note": "read", "review_on": "2100-01-01", "version": 1})
    changed = client.post(
        f"{path}change/", {"name": "Example Cloud Ltd", "keeper": str(who.pk), "version": 2}
    )
    page = client.get(path).content.decode()

    assert (made.status_code, changed.status_code) == (302, 302)
    assert thing.name in page
    assert "Example Cloud Ltd" in page


def test_who_has_no_part_in_anything_finds_no_suppliers(client):
    of = supplier()
    sign_in(client, user())

    codes = [
        client.get(path).status_code
        for path in ("/suppliers/", f"/suppliers/{of.slug}/", "/api/v1/suppliers/",
                     f"/api/v1/suppliers/{of.slug}/", f"/api/v1/suppliers/{of.slug}/notices")
    ]  # fmt: skip

    assert codes == [404] * 5


def test_a_stranger_records_no_use_on_a_system_they_do_not_see(client):
    thing, of = system(of=unit()), product()
    sign_in(client, officer())

    page = client.post(
        f"/suppliers/{of.supplier.slug}/use/", {"product": str(of.pk), "system": thing.slug}
    )
    api = client.post(
        f"/api/v1/systems/{thing.slug}/products",
        {"product": str(of.pk)},
        content_type="application/json",
    )

    assert (page.status_code, api.status_code) == (400, 404)
    assert not of.uses.exists()


@pytest.mark.parametrize(("name", "offered"), [("engineer", True), ("auditor", False)])
def test_a_use_is_offered_to_those_alone_who_may_record_it(client, name, offered):
    thing, of, who = system(), product(), user()
    role(who, name, unit=thing.unit, until_at=AT + 30 * DAY)
    used(thing, of, by=thing.owner)

    page = sign_in(client, who).get(f"/suppliers/{of.supplier.slug}/").content.decode()

    assert thing.name in page
    assert ("Say that a system uses it" in page) is offered
    assert (f"{thing.name} uses {of.name} no more" in page) is offered


def test_what_is_typed_is_shown_and_never_run(client):
    of = supplier(name=XSS, about=XSS, contact=XSS)
    product(of, name=XSS, identity=XSS)
    sign_in(client, officer())

    page = client.get(f"/suppliers/{of.slug}/").content.decode()

    assert XSS not in page
    assert page.count("&lt;script&gt;") >= 5


def test_the_api_registers_changes_and_reads(client):
    who = officer()
    sign_in(client, who)
    body = {"slug": "example", "name": "Example", "keeper": str(who.pk)}

    made = client.post("/api/v1/suppliers/", body, content_type="application/json")
    added = client.post(
        "/api/v1/suppliers/example/products",
        {"name": "Model", "kind": "hosted_model", "identity": "m-2026-10"},
        content_type="application/json",
    )
    changed = client.put(
        "/api/v1/suppliers/example/",
        {"name": "Example Ltd", "keeper": str(who.pk)},
        content_type="application/json",
        HTTP_IF_MATCH=made["ETag"],
    )

    assert [made.status_code, added.status_code, changed.status_code] == [201, 201, 200]
    assert changed.json()["products"][0]["identity"] == "m-2026-10"


def test_anonymous_readers_sign_in_first():
    assert Client().get("/suppliers/").status_code == 302
    assert Client().get("/api/v1/suppliers/").status_code in (401, 403)
