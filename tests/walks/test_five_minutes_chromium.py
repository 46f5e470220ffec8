"""README's five minutes in the demo: what it says a person clicks, in Chromium, and its commands.

Each goes its way on a case of its own. How long each step took lands below tests/output; with
COUNTERSIGN_PICTURES=1 the picture of README.md is renewed.
"""

import datetime as dt
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from config.story.cases import CASES
from config.story.cast import PASSWORD, persona
from tests.walks.browser import Reader, chromium
from tests.walks.test_demo import NOT_FOR_IT
from tests.walks.test_help_pictures import FOLDER, HEAVIEST
from tests.walks.test_help_pictures_chromium import RENEW, in_few_colours

pytestmark = [pytest.mark.browser, pytest.mark.full, pytest.mark.xdist_group("five-minutes")]

OUTPUT = Path(__file__).resolve().parent.parent / "output"
README = (settings.BASE_DIR / "README.md").read_text(encoding="utf-8")
READY = re.compile(r"Ready after .*:\s+(http://\S+?)/?$")
CHECKED = re.compile(r"`python3 (countersign_verify\.py) \S+ (--key) \S+`")
CASE = CASES["claims-approval"]
FIVE_MINUTES, PATIENCE = 300, 120
# A demo of each process's own: they do not meet.
SERVER = f"pg-five-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


@pytest.fixture(scope="module")
def demo():
    """The demo as `make demo` starts it, on a server and a port of its own; yields its address."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_IT}
    running = subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--server", SERVER, "--port", "8640"],
        env=environment | {"COUNTERSIGN_DEMO": "1", "PYTHONUNBUFFERED": "1"},
        cwd=settings.BASE_DIR, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    said = []
    try:
        for line in running.stdout:
            said.append(line)
            if READY.search(line.rstrip()):
                break
        else:
            pytest.fail("".join(said))
        yield READY.search(said[-1].rstrip())[1]
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGINT)
        running.communicate()


class Persona(Reader):
    """Somebody of the story at a window of their own, signed in by their button."""

    def __init__(self, browser, base_url, key):
        # What a page looks like is another walk's to say: axe is not asked here.
        self.base_url, self.scripts, self.errors = base_url, False, []
        context = browser.new_context(accept_downloads=True, reduced_motion="reduce")
        # Beside other long runs a page may take its time.
        context.set_default_timeout(PATIENCE * 1000)
        self.page = context.new_page()
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.open("/accounts/login/")
        self.press(f"Sign in as {persona(key).name}")

    def follow(self, link):
        """Click on a link and look at what comes."""
        with self.page.expect_navigation():
            link.first.click()
        self.look()

    def go(self, page):
        """Click on a page in the rail."""
        self.follow(self.page.get_by_role("navigation").get_by_role("link", name=page))

    def link(self, begins):
        """The links that are seen on the page and begin with an address."""
        return self.page.locator(f'main a[href^="{begins}"]').filter(visible=True)

    def open_case(self, number):
        """Click from the desk to the case; by the list of incidents where it is not there."""
        self.page.goto(f"{self.base_url}/")
        if not self.link(f"/incidents/{number}/").count():
            self.go("Incidents")
        self.follow(self.link(f"/incidents/{number}/"))

    def step(self, number, command):
        """Come to the form of a step, by its link where another one stands first."""
        if not self.has_form(number, command):
            self.follow(self.link(f"/incidents/{number}/{command}/"))
        assert self.has_form(number, command), self.words()

    def may(self, number, command):
        """Whether the page offers a step."""
        link = self.link(f"/incidents/{number}/{command}/")
        return self.has_form(number, command) or bool(link.count())

    def has_form(self, number, command):
        """Whether the page holds the form of a step."""
        return bool(self.page.locator(f'form[action^="/incidents/{number}/{command}/"]').count())

    def sign(self, button, *, status=200):
        """Give the password where it is asked for, and press the button."""
        asked = self.page.locator('main input[name="password"]')
        if asked.count():
            asked.first.fill(PASSWORD)
        self.press(button, status=status)


class Company:
    """Everybody of the story, each at a window when first needed; writes down how long it took."""

    def __init__(self, browser, base_url):
        self.browser, self.base_url = browser, base_url
        self.there, self.rows = {}, []

    def __getattr__(self, key):
        if key not in self.there:
            self.there[key] = Persona(self.browser, self.base_url, key)
        return self.there[key]

    @contextmanager
    def takes(self, words):
        """Write down how long something takes."""
        began = time.monotonic()
        yield
        self.rows.append((time.monotonic() - began, words))

    @property
    def seconds(self):
        """How long all of it took."""
        return sum(seconds for seconds, _ in self.rows)

    def written(self):
        """The steps with their seconds."""
        rows = [*self.rows, (self.seconds, "in all")]
        return "".join(f"{seconds:7.1f} s  {words}\n" for seconds, words in rows)


def moment(**before):
    """A date and time as a form takes it, so long before now."""
    return (dt.datetime.now(dt.UTC) - dt.timedelta(**before)).strftime("%Y-%m-%dT%H:%M")


def investigates(jonas):
    """From the desk to signed findings; returns the number of the case."""
    jonas.follow(jonas.link("/incidents/INC-"))
    number = re.search(r"INC-[0-9-]+", jonas.page.url)[0]
    jonas.step(number, "acknowledge")
    answers = dict.fromkeys(("person_harmed", "personal_data", "critical_service"), "no")
    jonas.fill("#act", **answers, rights_affected=CASE.rights)
    jonas.press("Acknowledge")
    jonas.step(number, "first_assessment")
    jonas.fill("#act", seen=CASE.narrative, affected_note=CASE.affected, contained="no",
               next_step=CASE.proposed, next_step_at=moment(days=-1))  # fmt: skip
    jonas.press("Write first assessment")
    jonas.step(number, "add_evidence")
    jonas.fill("#act", title=CASE.evidence[0], reference=CASE.evidence[1])
    jonas.press("Add evidence")
    jonas.step(number, "submit_findings")
    jonas.fill("#act", cause=CASE.cause, narrative=CASE.narrative, affected_note=CASE.affected,
               affected_from=moment(days=1), harm=CASE.harm, proposed_severity=CASE.severity,
               proposed_action=CASE.proposed, containment="None yet.")  # fmt: skip
    jonas.sign("Submit and sign")
    return number


def is_refused(jonas, number):
    """The owner's own validation is refused in the words that README.md has."""
    jonas.open(f"/incidents/{number}/validate/", status=403)
    assert "you submitted its findings" in jonas.words().lower()


def keep_picture(reader, number):
    """Take the picture that README.md shows: a case, its first stage done, the next waiting."""
    reader.open_case(number)
    reader.page.set_viewport_size({"width": 1280, "height": 1050})
    reader.page.emulate_media(color_scheme="light")
    shot = reader.page.screenshot(animations="disabled", caret="hide")
    picture = in_few_colours(shot, 2 * HEAVIEST)
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / "incident.png").write_bytes(picture)
    if RENEW:
        (FOLDER / "incident.png").write_bytes(picture)


def validates(reader, number):
    """Somebody signs a validation."""
    reader.open_case(number)
    reader.step(number, "validate")
    reader.fill("#act", severity=CASE.severity, implication="none", harm=CASE.harm,
                implication_reason="No limb of Art. 3(49) is met.")  # fmt: skip
    reader.sign("Validate and sign")


def convenes(ruth, number):
    """The secretary puts the motion and convenes."""
    roll_back, compensate = CASE.actions
    by = {"executor_id": f"{persona('arjun').name}, {persona('arjun').title}"}
    ruth.go("Committee")
    ruth.follow(ruth.link(f"/incidents/{number}/motion/"))
    ruth.fill("main form", title=CASE.title, reason=CASE.reason, **action(0, roll_back | by))
    ruth.press("One more action")
    ruth.page.locator('details:has([name="actions.1-population"]) > summary').click()
    told = compensate["parameters"]
    ruth.fill("main form", **action(1, compensate | by), **{
        "actions.1-population": told["population"],
        "actions.1-compensate__population_rule": told["population_rule"],
    })  # fmt: skip
    ruth.press("Put the motion")
    if not ruth.page.get_by_role("button", name="Convene on this motion").count():
        ruth.go("Committee")
        ruth.follow(ruth.page.locator("main").get_by_role("link", name=CASE.title))
    ruth.press("Convene on this motion")
    assert "Sofia Lindqvist" in ruth.words()
    assert "Henrik Aas" in ruth.words()


def action(number, said):
    """The fields of one action of a motion."""
    names = ("type", "words", "target_version", "executor_id", "proof")
    return {f"actions.{number}-{name}": said[name] for name in names if name in said}


def votes(member):
    """A member votes from the docket, unless the round has closed already; says whether."""
    member.go("Committee")
    link = member.page.locator("main").get_by_role("link", name="Read and vote")
    if not link.count():
        assert CASE.title in member.words()
        return False
    member.follow(link)
    member.fill("#act", vote="for")
    member.sign("Sign my vote")
    return True


def makes_good(company, number):
    """The engineer records the programme, finance and compliance sign its counts."""
    arjun, programme = company.arjun, CASE.programme
    arjun.open_case(number)
    arjun.follow(arjun.link("/programmes/"))
    form = 'main form:has(input[name="act"][value="{}"])'.format
    arjun.fill(form("state"), **programme.states, affected_from=moment(days=1))
    arjun.press("State the programme")
    for batch in programme.batches:
        arjun.fill(form("batch"), **batch)
        arjun.press("Record the batch")
    for who in (company.elena, company.lena):
        who.open_case(number)
        who.follow(who.link("/programmes/"))
        who.fill(form("sign"), rest=programme.rest)
        who.sign("Sign the figures")


def closes(lena, number):
    """Compliance verifies and closes, once the readings have proved it."""
    until = time.monotonic() + PATIENCE
    lena.open_case(number)
    while not lena.may(number, "close") and time.monotonic() < until:
        lena.open(f"/incidents/{number}/")
    lena.step(number, "close")
    lena.fill("#act", resolution=CASE.resolution, lessons=CASE.gap, detection_gap=CASE.gap)
    lena.sign("Close and sign")
    assert "Closed" in lena.words()


def takes_the_pack(nils, folder):
    """The auditor asks for the pack and downloads it; returns its file and the key on the page."""
    nils.go("Evidence packs")
    nils.fill("main form", about="Claims approval")
    nils.press("Ask for the pack")
    link = nils.page.get_by_role("link", name="Download the pack")
    link.wait_for(timeout=PATIENCE * 1000)
    with nils.page.expect_download() as coming:
        link.click()
    file = folder / coming.value.suggested_filename
    coming.value.save_as(file)
    return file, re.search(r"--key '([^']+)'", nils.words())[1]


def test_what_the_readme_says_is_clicked_leads_to_the_decision_in_five_minutes(demo, tmp_path):
    with chromium() as browser:
        company = Company(browser, demo)
        with company.takes("1. Jonas acknowledges, assesses, submits his findings"):
            number = investigates(company.jonas)
        keep_picture(company.tomasz, number)
        with company.takes("2. Tomasz and Maren validate; Jonas is refused"):
            validates(company.tomasz, number)
            is_refused(company.jonas, number)
            validates(company.maren, number)
        with company.takes("3. Ruth puts the motion and convenes"):
            convenes(company.ruth, number)
        with company.takes("4. Ines, Henrik and Amara vote"):
            voted = [votes(member) for member in (company.ines, company.henrik, company.amara)]
        assert all(voted[:2])
        assert company.seconds < FIVE_MINUTES
        with company.takes("5. Arjun, Elena and Lena: counts, proof, the case is closed"):
            makes_good(company, number)
            closes(company.lena, number)
        with company.takes("6. Nils has the pack"):
            file, key = takes_the_pack(company.nils, tmp_path)

    script, option = CHECKED.search(README).groups()
    checked = subprocess.run([sys.executable, script, file, option, key], cwd=settings.BASE_DIR,
                             capture_output=True, text=True, check=False)  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    (OUTPUT / "five-minutes-clicked.txt").write_text(company.written(), encoding="utf-8")


def test_the_commands_of_the_readme_do_what_it_says(demo):
    environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_IT}

    done = subprocess.run(
        ["bin/five-minutes", demo, "support-assistant"],
        env=environment | {"DEMO_DIR": f".var/{SERVER.removeprefix('pg-')}"},
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "the first decision" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("in all")
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / "five-minutes-commands.txt").write_text(done.stdout, encoding="utf-8")
