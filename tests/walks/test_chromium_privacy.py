"""Retention, a legal hold, a privileged note and an erasure through the pages, in Chromium."""

import pytest

from incidents.models import PrivilegedNote
from ledger.context import acting_as
from outbox import clock
from registry import services as registry
from registry.models import ErasureRequest, LegalHold
from tests.walks import steps
from tests.walks.stage import SETUP
from tests.walks.test_chromium import live  # noqa: F401  a fixture
from tests.walks.visitor import Machine

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_compliance_holds_notes_and_erases_through_the_pages(live, scripts):  # noqa: F811
    readers = live(scripts)
    stage = readers.stage
    number = steps.breach(Machine(stage.token))
    with acting_as(SETUP):
        registry.deactivate_user(
            user_id=stage.people["external"].pk, reason="left", actor=SETUP, at=clock.now()
        )

    hold_the_system(readers)
    note_on(readers, number)
    erase(readers)

    assert LegalHold.objects.get().reason == "A claim is before the court."
    assert PrivilegedNote.objects.get().text == "Counsel advises to settle."
    assert ErasureRequest.objects.get().state == "done"


def hold_the_system(readers):
    """Compliance reads the rules, looks ahead, and holds the system."""
    reader = readers.compliance
    reader.open("/retention/rules/decision_events/")
    reader.open("/retention/preview/")
    reader.open("/retention/")
    form = 'form[action="/retention/"]'
    reader.fill(form, what=f"system:{readers.stage.system.pk}")
    reader.fill(form, reason="A claim is before the court.")
    reader.press("Set the hold")


def note_on(readers, number):
    """Compliance writes a privileged note; the auditor sees that there is one."""
    readers.compliance.open(f"/incidents/{number}/")
    readers.compliance.page.locator("#notes summary").click()
    readers.compliance.fill("#notes form", text="Counsel advises to settle.")
    readers.compliance.press("Keep the note")
    readers.auditor.open(f"/incidents/{number}/")
    assert "Counsel advises" not in readers.auditor.words()


def erase(readers):
    """Compliance asks, an executive agrees."""
    reader = readers.compliance
    reader.open("/erasures/")
    person = readers.stage.people["external"]
    reader.fill(
        'form[action="/erasures/"]', person=str(person.pk), basis="request", reason="Wrote to us."
    )
    reader.press("Ask for the erasure")
    readers.executive.open(f"/erasures/{ErasureRequest.objects.get().pk}/")
    readers.executive.press("Agree and erase")
    assert person.name not in readers.executive.words()
