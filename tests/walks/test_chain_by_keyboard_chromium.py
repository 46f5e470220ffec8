"""The whole chain in Chromium by the keyboard alone, from the desk to the closed case (issue 8).

Once with scripts in a window of usual size, once without them in a window at 200 % zoom. Every page
is come to by links and shortcuts from the desk; what is refused on the way is mended.
"""

import pytest
from django.db import connections

from governance.models import Decision
from incidents.models import Incident
from tests.walks import steps
from tests.walks.browser import chromium, serving
from tests.walks.keyboard import PLAIN, ZOOMED, Typist
from tests.walks.stage import PASSWORD, let_pass, set_up
from tests.walks.visitor import Machine

pytestmark = pytest.mark.browser

ANSWERS = dict.fromkeys(
    ("person_harmed", "rights_affected", "personal_data", "critical_service"), "no"
)
ASSESSMENT = {
    "seen": "Scans got worse.",
    "affected": "120",
    "contained": "no",
    "next_step": "Compare the scanners.",
    "next_step_at": "2030-01-08T12:00",
}
FINDINGS = {
    "cause": "model_change",
    "narrative": "2.3 reads a field that the new form lacks.",
    "affected": "120",
    "affected_note": "claims of the last hours",
    "affected_from": "2030-01-07T05:00",
    "harm": "Late payment.",
    "proposed_severity": "major",
    "proposed_action": "Roll back to 2.2.",
    "containment": "A clerk reads them.",
}
REVIEW = {
    "severity": "major",
    "implication": "none",
    "implication_reason": "No limb of Art. 3(49) is met.",
    "harm": "Late payment.",
}
CLOSING = {
    "resolution": "rolled_back",
    "lessons": "Watch the forms.",
    "detection_gap": "The limit needs two of three hours.",
}
# What a browser takes as an answer and the product does not.
BLANK = " "
# After so long whoever signs must prove again who they are.
FORGOTTEN = {"minutes": 6}


class Typists:
    """Everybody on the stage at a window of their own, each signed in when first needed."""

    def __init__(self, stage, browser, base_url, scripts):
        self.stage, self.browser, self.base_url = stage, browser, base_url
        self.scripts, self.signed_in = scripts, {}

    def __getitem__(self, key):
        if key not in self.signed_in:
            self.signed_in[key] = Typist(
                self.browser,
                self.base_url,
                self.stage.email(key),
                scripts=self.scripts,
                window=PLAIN if self.scripts else ZOOMED,
            )
        return self.signed_in[key]


@pytest.fixture
def live(monday, monkeypatch):
    """A stage that is served, without a gateway: a person confirms what was carried out."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    stage = set_up()
    with serving() as base_url, chromium() as browser:
        yield lambda scripts: Typists(stage, browser, base_url, scripts)
        # Within the browser's loop Django holds a connection of its own.
        connections.close_all()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts at 200 %"])
def test_the_chain_is_walked_by_the_keyboard_alone(live, scripts):
    people = live(scripts)
    machine = Machine(people.stage.token)

    number = steps.breach(machine)
    investigate(people, number)
    validate(people, number)
    put_motion(people, number)
    vote(people, number)
    confirm(people, number)
    steps.prove(machine)
    close(people, number)

    assert Incident.objects.get(number=number).state == "CLOSED"


def test_what_is_open_to_everybody_is_gone_round_by_tab(live):
    typist = live(True)["auditor"]
    typist.page.context.clear_cookies()

    for path in ("/accounts/login/", "/concerns/new/", "/design/"):
        typist.open(path)
        typist.all_round()


def take_up(typist, number, *, step=False):
    """From the desk to the case, or to the step that the desk offers on it."""
    typist.go(typist.page.locator(".wordmark"))
    row = typist.page.locator("[data-row]").filter(
        has=typist.page.locator(f'.task__title[href="/incidents/{number}/"]')
    )
    if not typist.scripts:
        typist.go(row.locator(".task__act .btn" if step else ".task__title"))
        return
    typist.key("j")
    assert typist.page.evaluate("document.activeElement.pathname") == f"/incidents/{number}/"
    typist.send("s" if step else "Enter")


def come_to(typist, number, command):
    """From the page of a case to the form of a step, if it does not stand there."""
    form = f'#act form[action="/incidents/{number}/{command}/"]'
    if typist.page.locator(form).count() == 0:
        typist.go(typist.page.locator(f'#act a[href="/incidents/{number}/{command}/#act"]'))
    assert typist.page.locator(form).count() == 1


def sign(typist, button):
    """Sign: the proof is asked for, a wrong one is refused, the right one is taken."""
    typist.fill("#act", password="not my password")
    typist.press(button, status=403)
    typist.fill("#act", password=PASSWORD)
    typist.press(button)


def investigate(people, number):
    """The owner takes the case, mends the assessment, adds evidence and signs the findings."""
    owner = people["owner"]
    owner.all_round()
    take_up(owner, number)
    owner.all_round()
    owner.fill("#act", **ANSWERS)
    owner.press("Acknowledge")
    come_to(owner, number, "first_assessment")
    owner.fill("#act", **ASSESSMENT | {"seen": BLANK})
    owner.press("Write first assessment", status=400)
    owner.all_round()
    mend(owner, seen=ASSESSMENT["seen"])
    owner.press("Write first assessment")
    come_to(owner, number, "add_evidence")
    owner.fill("#act", title="Run of the week", reference="runs/2")
    owner.press("Add evidence")
    let_pass(**FORGOTTEN)
    owner.go(owner.page.locator(".crumbs a").last)
    take_up(owner, number)
    come_to(owner, number, "submit_findings")
    owner.all_round()
    owner.fill("#act", **FINDINGS)
    sign(owner, "Submit and sign")
    assert Incident.objects.get(number=number).state == "VALIDATION"


def mend(typist, **values):
    """Follow what was refused from the summary to its field, and write that anew."""
    (name,) = values
    typist.to(typist.page.locator("main .errors a"))
    typist.key("Enter")
    assert typist.page.evaluate("document.activeElement.name") == name
    typist.fill("main form:has(.errors)", **values)


def validate(people, number):
    """Compliance and risk sign; whoever read an older case is told, and sends the text again."""
    compliance, risk = people["compliance"], people["risk"]
    let_pass(**FORGOTTEN)
    for reader in (compliance, risk):
        take_up(reader, number, step=True)
    compliance.all_round()
    compliance.fill("#act", **REVIEW)
    sign(compliance, "Validate and sign")
    risk.fill("#act", **REVIEW, password=PASSWORD)
    risk.press("Validate and sign", status=409)
    assert "Somebody changed this while you wrote." in risk.words()
    if risk.page.locator('#act [name="password"]').count():
        risk.fill("#act", password=PASSWORD)
    risk.press("Validate and sign")
    assert Incident.objects.get(number=number).state == "DECISION"


def put_motion(people, number):
    """The secretary puts a motion, mends its action, and convenes."""
    secretary, stage = people["secretary"], people.stage
    take_up(secretary, number)
    secretary.go(secretary.page.locator(f'#act a[href="/incidents/{number}/motion/"]'))
    secretary.all_round()
    secretary.fill(
        "main form",
        title="Roll back Claims approval to 2.2",
        reason="2.2 read the same forms well.",
        **{
            "actions.0-type": "rollback",
            "actions.0-target_version": stage.versions["2.2"].pk,
            "actions.0-words": BLANK,
            "actions.0-executor_id": stage.people["engineer"].pk,
        },
    )
    secretary.press("Put the motion", status=400)
    mend(secretary, **{"actions.0-words": "Claims approval is rolled back to 2.2."})
    secretary.press("Put the motion")
    secretary.all_round()
    secretary.press("Convene on this motion")
    steps.until_open(Decision.objects.get().opens_at)


def vote(people, number):
    """Three members read and sign their votes; the chair certifies the result."""
    motion = f"/committee/{Decision.objects.get().number}/"
    for key in ("chair", "second_scientist", "external"):
        member = people[key]
        let_pass(**FORGOTTEN)
        take_up(member, number, step=True)
        assert member.page.url.endswith(motion)
        member.fill("#act", vote="for")
        sign(member, "Sign my vote")
    chair = people["chair"]
    let_pass(**FORGOTTEN)
    take_up(chair, number)
    chair.go(chair.page.locator(f'main a[href="{motion}"]'))
    chair.all_round()
    sign(chair, "Close and certify the result")
    assert Decision.objects.get().state == "adopted"


def confirm(people, number):
    """A second person says which version runs, with evidence."""
    executive = people["executive"]
    take_up(executive, number, step=True)
    come_to(executive, number, "confirm_action")
    executive.all_round()
    executive.fill("#act", seen_version="2.2", evidence="release log, line 12")
    executive.press("Confirm as second person")
    assert Incident.objects.get(number=number).state == "VERIFICATION"


def close(people, number):
    """The verifier reads the proof and signs."""
    verifier = people["verifier"]
    let_pass(**FORGOTTEN)
    take_up(verifier, number, step=True)
    verifier.all_round()
    verifier.fill("#act", **CLOSING)
    sign(verifier, "Close and sign")
    verifier.all_round()
