"""REG-10, T01: a supplier's notice opens an incident on every live system that uses the product."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from governance.models import NoticeCase
from governance.rules.supplier_notices import noticed_severity
from governance.services.supplier_notices import record_notice
from incidents.models import Incident
from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Forbidden, Invalid
from registry.models import NoticeProduct, SupplierNotice, System
from registry.services.suppliers import Told
from tests.governance.pages import signed_in, stand_at
from tests.incidents import factory as cases
from tests.incidents.factory import AT, LONG_AGO, SETUP, acting
from tests.net import by_hand, told
from tests.registry import vendors
from tests.registry.vendors import product, supplier

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
XSS = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def clock_stands():
    stand_at(AT)
    yield
    stand_at(None)


def used(by_system, of):
    """Record a use that began long ago."""
    return vendors.used(by_system, of, since=LONG_AGO.date())


def by_sql(statement):
    """Send a statement past every service."""
    with transaction.atomic(), connection.cursor() as raw:
        raw.execute(statement)


@told
def at_stage(of, lifecycle):
    """Bring the house's system to a stage of its life."""
    system = System.objects.get(pk=of.system.pk)
    system._meta.get_field("lifecycle").protected = False
    try:
        with acting_as(SETUP):
            system.lifecycle = lifecycle
            system.save(at=AT)
    finally:
        system._meta.get_field("lifecycle").protected = True
    return system


def heard(by, *products, kind="change", title="Snapshot retires", at=AT, **changes):
    """Record a notice as a person."""
    arguments = {
        "kind": kind,
        "title": title,
        "text": "The snapshot is replaced on 1 January.",
        "received_at": at,
        "received_by_id": by.pk,
    }
    with acting_as(acting(by)):
        return record_notice(
            supplier_id=products[0].supplier_id,
            product_ids=[one.pk for one in products],
            told=Told(**(arguments | changes)),
            actor=acting(by),
            at=at,
        )


def test_every_live_system_that_uses_it_gets_its_incident():
    houses = [cases.house() for _ in range(3)]
    of = product()
    for house in houses:
        used(house.system, of)
    beside = cases.house()

    notice = heard(houses[0].compliance, of)

    opened = Incident.objects.filter(kind="supplier")
    assert {one.system_id for one in opened} == {house.system.pk for house in houses}
    assert not Incident.objects.filter(system=beside.system).exists()
    assert notice.cases.filter(incident__isnull=False).count() == 3


@pytest.mark.parametrize("stage", ["proposed", "suspended", "retired"])
def test_a_system_that_is_not_live_gets_a_line_and_no_incident(stage):
    house, of = cases.house(), product()
    at_stage(house, stage)
    used(house.system, of)

    notice = heard(house.compliance, of)

    case = notice.cases.get()
    assert (case.incident, case.lifecycle) == (None, stage)
    assert Entry.objects.filter(verb="supplier.notice_tied", system_id=house.system.pk).exists()


def test_two_products_of_one_notice_are_one_incident():
    house, maker = cases.house(), supplier()
    first, second = product(maker), product(maker)
    used(house.system, first)
    used(house.system, second)

    notice = heard(house.compliance, first, second)

    assert Incident.objects.filter(system=house.system).count() == 1
    assert first.name in notice.cases.get().products
    assert second.name in notice.cases.get().products


def test_another_notice_is_another_incident():
    house, of = cases.house(), product()
    used(house.system, of)

    heard(house.compliance, of)
    heard(house.compliance, of, title="Price rises")

    assert Incident.objects.filter(system=house.system).count() == 2


def test_the_incident_says_who_knew_of_it_since_when():
    house, of = cases.house(), product()
    used(house.system, of)

    heard(house.compliance, of)

    incident = Incident.objects.get(system=house.system)
    assert (incident.aware_at, incident.aware_by) == (AT, house.compliance.name)
    assert incident.detected_at == AT
    assert incident.summary == "The snapshot is replaced on 1 January."


def test_what_fails_half_way_leaves_nothing(monkeypatch):
    house, of = cases.house(), product()
    used(house.system, of)
    used(cases.house().system, of)

    def broken(**arguments):
        raise RuntimeError("on purpose")

    monkeypatch.setattr("governance.services.supplier_notices.freeze_plan", broken)

    with pytest.raises(RuntimeError):
        heard(house.compliance, of)
    assert not SupplierNotice.objects.exists()
    assert not Incident.objects.filter(kind="supplier").exists()


def test_who_is_no_officer_records_none():
    house, of = cases.house(), product()
    used(house.system, of)

    with pytest.raises(Forbidden):
        heard(house.owner, of)


def test_a_product_of_another_supplier_is_refused():
    house = cases.house()

    with pytest.raises(Invalid):
        heard(house.compliance, product(), product())


def test_a_notice_cannot_be_rewritten():
    house, of = cases.house(), product()
    heard(house.compliance, of)

    for table in ("registry_suppliernotice", "registry_noticeproduct", "governance_noticecase"):
        with by_hand(), pytest.raises(DatabaseError):
            by_sql(f"DELETE FROM {table}")
    assert NoticeProduct.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "tier", "severity"),
    [("change", "high", "minor"), ("terms", "low", "minor"), ("end_of_life", "high", "moderate"),
     ("end_of_life", "low", "minor"), ("incident", "medium", "moderate"),
     ("incident", "high", "major"), ("vulnerability", "high", "major")],
)  # fmt: skip
def test_the_proposed_severity_follows_kind_and_tier(kind, tier, severity):
    assert noticed_severity(kind, tier) == severity


def form(of, by, **changes):
    """Return the form of a notice as it is sent."""
    given = {
        "kind": "incident",
        "title": "Outage",
        "text": "Answers were wrong for an hour.",
        "products": [str(of.pk)],
        "received_at": f"{AT - HOUR:%Y-%m-%dT%H:%M}",
        "received_by": str(by.pk),
    }
    return given | changes


def test_the_page_records_it_and_shows_each_system_with_its_incident(client):
    house, of = cases.house(), product()
    used(house.system, of)
    signed_in(client, house.compliance)

    sent = client.post(f"/suppliers/{of.supplier.slug}/notice/", form(of, house.compliance))
    page = client.get(sent["Location"]).content.decode()

    incident = Incident.objects.get(system=house.system)
    assert sent.status_code == 302
    assert incident.number in page
    assert house.system.name in page


def test_a_reader_sees_only_the_systems_that_are_theirs(client):
    house, other, of = cases.house(), cases.house(), product()
    used(house.system, of)
    used(other.system, of)
    notice = heard(house.compliance, of)

    page = f"/suppliers/{of.supplier.slug}/notices/{notice.pk}/"
    seen = signed_in(client, other.compliance).get(page).content.decode()
    body = client.get(f"/api/v1{page}").json()

    mine = Incident.objects.get(system=other.system).number
    hidden = Incident.objects.get(system=house.system).number
    assert mine in seen
    assert hidden not in seen
    assert [case["incident"] for case in body["cases"]] == [mine]


def test_the_api_records_it(client):
    house, of = cases.house(), product()
    used(house.system, of)
    signed_in(client, house.compliance)
    body = form(of, house.compliance, received_at=f"{AT - HOUR:%Y-%m-%dT%H:%M}Z")

    sent = client.post(
        f"/api/v1/suppliers/{of.supplier.slug}/notices", body, content_type="application/json"
    )

    assert sent.status_code == 201, sent.content
    assert sent.json()["cases"][0]["system"] == house.system.slug


@pytest.mark.parametrize(
    "bad",
    [{"products": []}, {"products": ["x"]}, {"kind": "gossip"}, {"received_at": "soon"},
     {"link": "javascript:alert(1)"}, {"title": "\x00"}, {"received_by": "x"}],
)  # fmt: skip
def test_bad_input_is_told_and_opens_nothing(client, bad):
    house, of = cases.house(), product()
    used(house.system, of)
    signed_in(client, house.compliance)

    page = client.post(f"/suppliers/{of.supplier.slug}/notice/", form(of, house.compliance, **bad))
    api = client.post(
        f"/api/v1/suppliers/{of.supplier.slug}/notices",
        form(of, house.compliance, **bad),
        content_type="application/json",
    )

    assert (page.status_code, api.status_code) == (400, 400)
    assert not NoticeCase.objects.exists()


def test_what_is_typed_is_shown_and_never_run(client):
    house, of = cases.house(), product(name=XSS)
    used(house.system, of)
    notice = heard(house.compliance, of, title=XSS, text=XSS)
    incident = Incident.objects.get(system=house.system)
    signed_in(client, house.compliance)

    pages = [
        client.get(path).content.decode()
        for path in (
            f"/suppliers/{of.supplier.slug}/notices/{notice.pk}/",
            f"/incidents/{incident.number}/",
        )
    ]

    assert all(XSS not in page for page in pages)


def test_the_page_of_a_notice_costs_the_same_for_many_systems(client):
    of = product()
    house = cases.house()
    used(house.system, of)
    few = heard(house.compliance, of)
    for _ in range(3):
        cases.grant(house.compliance, "compliance", system=house.system)
    signed_in(client, house.compliance)

    with CaptureQueriesContext(connection) as caught:
        client.get(f"/suppliers/{of.supplier.slug}/notices/{few.pk}/")

    assert len(caught) <= 25
