"""REG-7, REG-10: documents and suppliers of a leaver are found and handed over, on record."""

import pytest

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Invalid
from registry.models import Document, Supplier
from registry.services.documents import Terms, add_document
from registry.services.keeping import (
    find_documents,
    find_suppliers,
    hand_over_document,
    hand_over_supplier,
)
from tests.registry.factories import AT, call, person_as_actor, system, user
from tests.registry.uploads import upload
from tests.registry.vendors import supplier

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(settings, tmp_path):
    """A document of a system, kept by its owner and reviewed by the deputy."""
    settings.MEDIA_ROOT = tmp_path
    of = system()
    return call(
        add_document,
        system_id=of.pk,
        kind="technical",
        title="Instructions",
        owner_id=of.owner_id,
        reviewer_id=of.deputy_id,
        upload=upload(),
        terms=Terms(),
        actor=person_as_actor(of.owner),
    )


def handed(service, duty, leaver, to):
    """Hand one duty over."""
    call(service, duty_id=duty.id, from_id=leaver, to_id=to, reason="she leaves us")


def test_a_document_gets_another_owner(document):
    successor, leaver = user(), document.owner_id
    (duty,) = find_documents(leaver, AT)

    handed(hand_over_document, duty, leaver, successor.pk)

    assert Document.objects.get(pk=document.pk).owner == successor
    assert list(find_documents(leaver, AT)) == []
    assert Entry.objects.filter(verb="document.handed_over").count() == 1


def test_owner_and_reviewer_stay_two_persons(document):
    (duty,) = find_documents(document.owner_id, AT)

    with pytest.raises(Conflict):
        handed(hand_over_document, duty, document.owner_id, document.reviewer_id)


def test_somebody_takes_it_over(document):
    (duty,) = find_documents(document.reviewer_id, AT)

    with pytest.raises(Invalid):
        handed(hand_over_document, duty, document.reviewer_id, None)


def test_a_supplier_gets_another_keeper():
    of, successor = supplier(), user()
    leaver = of.keeper_id
    (duty,) = find_suppliers(leaver, AT)

    handed(hand_over_supplier, duty, leaver, successor.pk)

    assert Supplier.objects.get(pk=of.pk).keeper == successor
