"""The whole chain through the pages, in Chromium, with scripts and without them."""

import re

import pytest
from django.db import connections

from governance.models import Decision
from incidents.models import Incident
from ledger.selectors.checkpoints import keys
from reports.services.validation import validate_pack
from telemetry.models import Series
from tests.walks import steps
from tests.walks.browser import Reader, chromium, serving
from tests.walks.one_window import Seated, Window
from tests.walks.stage import SLUG, set_up
from tests.walks.visitor import Machine

pytestmark = pytest.mark.browser

NO = dict.fromkeys(("person_harmed", "rights_affected", "personal_data", "critical_service"), "no")


# What differs each time that one and the same document is sent.
TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w+')


class Guest(Seated, Reader):
    """A person who sits down at the window; axe looks once at what everybody is sent alike."""

    def look(self, *, status=200):
        """Nothing went wrong on this page, and everybody can use it."""
        if not self.scripts:
            super().look(status=status)
            return
        self.page.wait_for_load_state()
        document = self.page.url, TOKEN.sub("", self.page.content())
        self.scripts = document not in self.window.judged
        try:
            super().look(status=status)
        finally:
            self.scripts = True
        self.window.judged.add(document)


class Readers:
    """Everybody on the stage in turn at one window, each signed in when first needed."""

    def __init__(self, stage, browser, base_url, scripts):
        self.stage, self.window = stage, Window(browser, scripts)
        self.base_url, self.scripts, self.signed_in = base_url, scripts, {}

    def __getattr__(self, key):
        if key not in self.signed_in:
            self.signed_in[key] = Guest(
                self.window, self.base_url, self.stage.email(key), scripts=self.scripts
            )
        return self.signed_in[key]


@pytest.fixture
def live(monday, monkeypatch):
    """A stage that is served, without a gateway: a person confirms what was carried out."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    stage = set_up()
    with serving() as base_url, chromium() as browser:
        yield lambda scripts: Readers(stage, browser, base_url, scripts)
        # Within the browser's loop Django holds a connection of its own.
        connections.close_all()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_chain_is_walked_through_the_pages(live, files, scripts):
    readers = live(scripts)
    machine = Machine(readers.stage.token)

    number = steps.breach(machine)
    investigate(readers, number)
    validate(readers, number)
    decide(readers, number)
    confirm(readers, number)
    steps.prove(machine)
    close(readers, number)
    pack = download(readers, files)

    assert Incident.objects.get(number=number).state == "CLOSED"
    assert validate_pack(pack, key=keys()[-1].vkey).faults == []


def test_every_page_of_a_reader_is_clean(live):
    readers = live(True)
    steps.breach(Machine(readers.stage.token))
    series = Series.objects.get()

    for path in (
        "/",
        "/incidents/",
        "/systems/",
        f"/systems/{SLUG}/",
        f"/systems/{SLUG}/kpis/{series.pk}/",
        "/committee/",
        "/packs/",
        "/ledger/",
        "/ledger/?verb=incident.*",
        "/ledger/1/",
        "/ledger/exceptions/",
        "/ledger/checkpoints/",
        "/ledger/verifications/",
    ):
        readers.auditor.open(path)

    assert readers.auditor.errors == []


def investigate(readers, number):
    """From the desk to signed findings; the owner's own validation is refused in words."""
    owner, path = readers.owner, f"/incidents/{number}/"
    assert number in owner.words()
    owner.open(path)
    owner.fill("#act", **NO)
    owner.press("Acknowledge")
    owner.open(f"{path}first_assessment/")
    owner.fill(
        "#act",
        seen="Scans got worse.",
        affected="120",
        contained="no",
        next_step="Compare the scanners.",
        next_step_at="2030-01-08T12:00",
    )
    owner.press("Write first assessment")
    owner.open(f"{path}add_evidence/")
    owner.fill("#act", title="Run of the week", reference="runs/2")
    owner.press("Add evidence")
    owner.open(f"{path}submit_findings/")
    owner.fill(
        "#act",
        cause="model_change",
        narrative="2.3 reads a field that the new form lacks.",
        affected="120",
        affected_note="claims of the last hours",
        affected_from="2030-01-07T05:00",
        harm="Late payment.",
        proposed_severity="major",
        proposed_action="Roll back to 2.2.",
        containment="A clerk reads them.",
    )
    owner.sign("Submit and sign")
    owner.open(f"{path}validate/", status=403)
    assert "You submitted its findings" in owner.words()


def validate(readers, number):
    """Compliance and risk sign, each on the page of the case."""
    for reader in (readers.compliance, readers.risk):
        reader.open(f"/incidents/{number}/")
        reader.fill(
            "#act",
            severity="major",
            implication="none",
            implication_reason="No limb of Art. 3(49) is met.",
            harm="Late payment.",
        )
        reader.sign("Validate and sign")
    assert Incident.objects.get(number=number).state == "DECISION"


def decide(readers, number):
    """The secretary puts the motion and convenes, three vote, the chair certifies."""
    secretary, people = readers.secretary, readers.stage.people
    secretary.open(f"/incidents/{number}/motion/")
    secretary.fill(
        "main form",
        title="Roll back Claims approval to 2.2",
        reason="2.2 read the same forms well.",
        **{
            "actions.0-type": "rollback",
            "actions.0-words": "Claims approval is rolled back to 2.2.",
            "actions.0-target_version": readers.stage.versions["2.2"].pk,
            "actions.0-executor_id": people["engineer"].pk,
        },
    )
    secretary.press("Put the motion")
    decision = Decision.objects.get()
    page = f"/committee/{decision.number}/"
    secretary.open(page)
    secretary.press("Convene on this motion")
    steps.until_open(Decision.objects.get().opens_at)
    for key in ("chair", "second_scientist", "external"):
        member = getattr(readers, key)
        member.open(page)
        member.fill("#act", vote="for")
        member.sign("Sign my vote")
    readers.auditor.open(page)
    assert readers.auditor.page.get_by_role("button", name="Sign my vote").count() == 0
    readers.chair.open(page)
    readers.chair.sign("Close and certify the result")
    assert Decision.objects.get().state == "adopted"


def confirm(readers, number):
    """A second person says which version runs, with evidence."""
    readers.executive.open(f"/incidents/{number}/confirm_action/")
    readers.executive.fill("#act", seen_version="2.2", evidence="release log, line 12")
    readers.executive.press("Confirm as second person")
    assert Incident.objects.get(number=number).state == "VERIFICATION"


def close(readers, number):
    """The verifier reads the proof and signs."""
    readers.verifier.open(f"/incidents/{number}/")
    readers.verifier.fill(
        "#act",
        resolution="rolled_back",
        lessons="Watch the forms.",
        detection_gap="The limit needs two of three hours.",
    )
    readers.verifier.sign("Close and sign")


def download(readers, folder):
    """The auditor asks for the pack and has it once it is built; returns its file.

    The page shows by itself that it is ready; without scripts it loads itself again.
    """
    auditor = readers.auditor
    auditor.open("/packs/")
    auditor.press("Ask for the pack")
    steps.tick()
    link = auditor.page.get_by_role("link", name="Download the pack")
    link.wait_for()
    auditor.look()
    with auditor.page.expect_download() as coming:
        link.click()
    file = folder / coming.value.suggested_filename
    coming.value.save_as(file)
    return file
