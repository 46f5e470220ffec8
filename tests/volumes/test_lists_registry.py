"""Lists of the registry at 100,000 rows: tokens, documents, suppliers, imports, messages."""

import datetime as dt

import pytest

from registry.models import Document, DocumentVersion, Import, ServiceToken, Supplier, SystemVersion
from registry.selectors.documents import expiring_documents, expiring_near
from registry.selectors.systems import systems_visible_to
from tests.registry import factories as registry
from tests.registry import test_documents as documents
from tests.registry import test_exchange_imports as imports
from tests.registry import vendors
from tests.volumes import fill_people
from tests.volumes.fill_ledger import FILLS
from tests.volumes.house import assert_as_lean, assert_lean, assert_narrow
from tests.walks.gallery import NOW

pytestmark = pytest.mark.full
AGO = "p.{} - n * interval '7 minutes'"


def tokens(house):
    """Tokens of one service account."""
    unit = house.gallery.house.unit
    account = registry.user(kind="service", of=unit)
    made, _ = registry.token(account=account, systems=[house.gallery.house.system])
    house.fill(
        ServiceToken, made.pk,
        digest="md5(n::text)", token_key="'t' || lpad(n::text, 7, '0')", name="'Token ' || n",
        created=AGO.format("created"),
    )  # fmt: skip
    return "administrator", "/tokens/"


def organisation_documents(house):
    """Documents of the organisation."""
    _documents(house, system_id="NULL")
    return "compliance", "/documents/"


def documents_of_a_system(house):
    """Documents of one system."""
    _documents(house)
    return "owner", f"/systems/{house.gallery.made.system.slug}/documents/"


def _documents(house, **changed):
    made = documents.added(house.gallery.made.system, title="Handbook")
    own = "md5('d' || n)::uuid"
    house.fill(Document, made.pk, id=own, title="'Handbook ' || n", **changed)
    house.fill(DocumentVersion, DocumentVersion.objects.get(document=made).pk, document_id=own)


def suppliers(house):
    """Suppliers."""
    made = vendors.supplier()
    house.fill(Supplier, made.pk, slug="'supplier-of-' || n", name="'Supplier ' || n")
    return "compliance", "/suppliers/"


def imported_files(house):
    """Imports of one person."""
    who = house.gallery.people["compliance"]
    made = _sheet(house, who)
    house.fill(Import, made.pk, uploaded_at=AGO.format("uploaded_at"))
    return "compliance", "/exchange/"


def _sheet(house, who):
    line = imports.line("letter-sorter", unit=house.gallery.house.unit.name)
    return imports.read(who, imports.csv(imports.HEAD, line))


def versions(house):
    """Versions of one system."""
    system = house.gallery.house.system
    made = SystemVersion.objects.filter(system=system).earliest("created_at")
    house.fill(
        SystemVersion, made.pk, label="'v' || n", created_at=AGO.format("created_at"),
    )  # fmt: skip
    return "engineer", f"/systems/{system.slug}/versions/"


def ending_documents(house):
    """Documents of one system that have run out."""
    fill_people.ending_documents(house)
    return "owner", "/documents/expiring/"


LISTS = (tokens, organisation_documents, suppliers, imported_files, versions,
         ending_documents)  # fmt: skip
# It asks more than ten statements yet; none of them goes through a table.
NARROW = (documents_of_a_system,)


@pytest.mark.parametrize("filled", LISTS, ids=lambda one: one.__name__)
def test_a_list_of_the_registry_is_lean_on_its_first_page_and_on_the_next(house, filled):
    role, address = filled(house)

    first = house.seen(role, address)

    assert_lean(first)
    assert_as_lean(house.next(first), first)


@pytest.mark.parametrize("filled", NARROW, ids=lambda one: one.__name__)
def test_no_statement_of_a_page_of_the_registry_goes_through_its_table(house, filled):
    role, address = filled(house)

    assert_narrow(house.seen(role, address))


@pytest.mark.parametrize("role", ["administrator", "everywhere"])
def test_messages_that_wait_or_failed_are_counted_no_further_than_is_shown(house, role):
    FILLS["waiting_messages"](house)

    first = house.seen(role, "/operations/messages/")

    assert_lean(first)
    assert first.shown("2\u202f000+") == 3
    assert_as_lean(house.next(first), first)


def test_documents_that_end_are_found_beside_many_that_the_reader_may_not_see(house, monkeypatch):
    fill_people.ending_documents(house)
    unit = registry.unit()
    who = registry.user(of=unit)
    registry.role(who, "engineer", unit=unit)
    own = registry.system(of=unit, owner=who)
    ending = documents.Terms(expires_on=dt.date(2026, 12, 24))
    made = [documents.added(own, title=f"Own {n:02}", terms=ending) for n in range(52)]
    for one in made:
        documents.reviewed(one)
    monkeypatch.setitem(house.gallery.people, "newcomer", who)

    first = house.seen("newcomer", "/documents/expiring/")
    last = house.next(first)

    assert_lean(first)
    assert_as_lean(last, first)
    assert [one.shown("Own ") for one in (first, last)] == [50, 2]


@pytest.mark.parametrize("most", [0, 100, 200, 300])
@pytest.mark.parametrize("organisation", [True, False])
def test_what_ends_is_the_same_however_it_is_sought(house, monkeypatch, organisation, most):
    monkeypatch.setattr("registry.selectors.documents.MOST_NEAR", most)
    fill_people.documents_of_many_kinds(house)
    found = []

    for who in {one.pk: one for one in house.gallery.people.values()}.values():
        given = {"systems": systems_visible_to(user=who, at=NOW), "organisation": organisation}
        near, every = (
            [row.pk for row in sought(**given, at=NOW)]
            for sought in (expiring_near, expiring_documents)
        )
        assert near == every, who
        found.append(len(near))

    assert max(found) > 20
    assert min(found) < max(found)


STATES = ("failed", "retrying", "queued", "sent", "delivered", "seen", "cancelled")
SOUGHT = [f"state={one}" for one in STATES] + ["channel=webhook", "channel=page"]


@pytest.mark.parametrize("sought", SOUGHT)
def test_messages_of_one_kind_are_found_without_reading_the_others(house, sought):
    FILLS["messages"](house)

    assert_narrow(house.seen("everywhere", f"/operations/messages/?{sought}"))
