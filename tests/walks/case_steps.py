"""The steps of a case through its pages, in Chromium, by whoever may take them.

Who takes a step is asked of the same table that refuses (`people_who_can`); what the pages offer to
everybody else is tried against the command itself, in a transaction that is rolled back.
"""

import datetime as dt
import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from governance.models import Decision
from governance.selectors.committees import may_lead
from incidents.models import Incident
from incidents.rules.plan import from_text
from incidents.rules.transitions import COMMANDS
from incidents.selectors.attempts import attempt_of, people_who_can
from incidents.selectors.cast import Cast
from incidents.selectors.visibility import incidents_visible_to
from incidents.services.commands import execute
from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Refused
from outbox import clock
from registry import services as registry
from tests.registry.factories import call
from tests.walks import stage as stages
from tests.walks import steps
from tests.walks.browser import Reader

OUTPUT = Path(__file__).resolve().parent.parent / "output"
SHOTS = bool(os.environ.get("WALK_PICTURES"))
NO = dict.fromkeys(("person_harmed", "rights_affected", "personal_data", "critical_service"), "no")
NEWCOMERS = {
    "administrator": ("Ada Administrator", "administrator"),
    "emergency": ("Emil Emergency", "emergency"),
}
ONLOOKERS = (
    "owner",
    "deputy",
    "compliance",
    "risk",
    "verifier",
    "secretary",
    "engineer",
    "executive",
    "board",
    "auditor",
    "administrator",
    "emergency",
    "chair",
    "author",
)
FIELDS_LEFT = ("signature_required",)
WIDTHS = {"1280-light": (1280, 900, "light"), "768-dark": (768, 1024, "dark")}


def newcomers(stage):
    """Let an administrator and an emergency actor in beside the cast."""
    with acting_as(stages.SETUP):
        for key, (name, role) in NEWCOMERS.items():
            stage.people[key] = call(
                registry.create_user,
                email=f"{key}@example.org",
                name=name,
                unit_id=stage.unit.pk,
                demo=True,
                at=clock.now(),
            )
            call(
                registry.grant_role,
                user_id=stage.people[key].pk,
                role=role,
                unit_id=stage.unit.pk,
                at=clock.now(),
            )
        stages._let_everybody_in(clock.now())


class CaseReader(Reader):
    """A person at the pages of a case, who looks at a page with axe only where asked to."""

    axe = False

    def __init__(self, *args, axe=True, **kwargs):
        super().__init__(*args, **kwargs)
        self.axe = axe

    def look(self, *, status=200):
        """Nothing went wrong on this page."""
        scripts, self.scripts = self.scripts, self.scripts and self.axe
        try:
            super().look(status=status)
        finally:
            self.scripts = scripts

    def glance(self, path):
        """Go to a page without axe, whatever it answers; returns the status."""
        answer = self.page.goto(self.base_url + path)
        held, self.axe = self.axe, False
        self.look(status=answer.status)
        self.axe = held
        return answer.status

    def fetch(self, path):
        """Ask for a page with this person's cookies, undrawn; returns its status and its HTML."""
        answer = self.context.request.get(self.base_url + path)
        return answer.status, answer.text()

    @property
    def context(self):
        """Where this person's cookies are."""
        return self.page.context


class Room:
    """Everybody on a stage at a window of their own, each signed in when first needed."""

    reader = CaseReader

    def __init__(self, stage, browser, base_url, *, scripts=True, name="case"):
        self.stage, self.browser, self.name = stage, browser, name
        self.base_url, self.scripts, self.signed_in = base_url, scripts, {}

    def __getitem__(self, key):
        if key not in self.signed_in:
            self.signed_in[key] = self.reader(
                self.browser, self.base_url, self.stage.email(key), scripts=self.scripts
            )
        return self.signed_in[key]

    def __getattr__(self, key):
        return self[key]

    def picture(self, key, number, words):
        """Keep how a page of the case looks to somebody, wide and narrow, light and dark."""
        if not SHOTS:
            return
        folder = OUTPUT / self.name
        folder.mkdir(parents=True, exist_ok=True)
        if number:
            self[key].glance(f"/incidents/{number}/")
        page = self[key].page
        for name, (width, height, scheme) in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=folder / f"{words}-{key}-{name}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 720})
        page.emulate_media(color_scheme="light")


def local(instant, user):
    """An instant as a form takes it, in a reader's zone."""
    return instant.astimezone(ZoneInfo(user.zone)).strftime("%Y-%m-%dT%H:%M")


def case_of(number):
    """The incident as it stands."""
    return Incident.objects.select_related(
        "system__unit", "owner", "deputy", "live_version", "unit__calendar"
    ).get(number=number)


def who_can(room, number, command):
    """The keys of those who may give a command now, nearest first."""
    incident, at = case_of(number), clock.now()
    attempt = attempt_of(
        command=command,
        incident=incident,
        plan=from_text(incident.plan),
        actor=machine("walk"),
        at=at,
        user=None,
        cast=Cast(incident, at),
    )
    keys = {person.pk: key for key, person in room.stage.people.items()}
    return [keys[person.pk] for person in people_who_can(attempt) if person.pk in keys]


def give(room, number, key, command, *, button, **fields):
    """Open the form of a command, fill it in, sign where it asks, press its button."""
    reader = room[key]
    reader.open(f"/incidents/{number}/{command}/")
    reader.fill("#act", **fields)
    reader.sign(button)
    return reader


def acknowledge(room, number, key):
    """The owner's side takes the case, from the one step that its page shows."""
    reader = room[key]
    reader.open(f"/incidents/{number}/")
    reader.fill("#act", **NO)
    reader.press("Acknowledge")


def investigate(room, number, key):
    """First assessment, evidence, signed findings."""
    person = room.stage.people[key]
    give(
        room,
        number,
        key,
        "first_assessment",
        button="Write first assessment",
        seen="Scans got worse.",
        affected="120",
        contained="no",
        next_step="Compare the scanners.",
        next_step_at=local(clock.now() + dt.timedelta(days=1), person),
    )
    submit(room, number, key)


def submit(room, number, key):
    """Evidence and signed findings."""
    person = room.stage.people[key]
    give(
        room,
        number,
        key,
        "add_evidence",
        button="Add evidence",
        title="Run of the week",
        reference="runs/2",
    )
    give(
        room,
        number,
        key,
        "submit_findings",
        button="Submit and sign",
        cause="model_change",
        narrative="2.3 reads a field that the new form lacks.",
        affected="120",
        affected_note="claims of the last hours",
        affected_from=local(clock.now() - dt.timedelta(hours=4), person),
        harm="Late payment.",
        proposed_severity=case_of(number).severity,
        proposed_action="Roll back to 2.2.",
        containment="A clerk reads them.",
    )


def validate(room, number):
    """Every line signs that the case asks for."""
    while case_of(number).state == "VALIDATION":
        (key, *_) = who_can(room, number, "validate")
        reader = room[key]
        reader.open(f"/incidents/{number}/")
        if reader.page.locator('#act [name="implication"]').count() == 0:
            reader.open(f"/incidents/{number}/validate/")
        reader.fill(
            "#act",
            severity=case_of(number).severity,
            implication="none",
            implication_reason="No limb of Art. 3(49) is met.",
            harm="Late payment.",
        )
        reader.sign("Validate and sign")


def rolling_back(room, **changes):
    """What the form of a motion is told to roll back to 2.2."""
    told = {
        "type": "rollback",
        "words": "Claims approval is rolled back to 2.2.",
        "target_version": room.stage.versions["2.2"].pk,
        "executor_id": room.stage.people["engineer"].pk,
    }
    return told | changes


def put(room, number, action=None, *, by="secretary", title="Roll back Claims approval to 2.2"):
    """Somebody puts a motion by its form; returns it."""
    reader, told = room[by], action or rolling_back(room)
    reader.open(f"/incidents/{number}/motion/")
    reader.fill("main form", title=title, reason="2.2 read the same forms well.")
    for name, value in told.items():
        _unfold(reader, f"actions.0-{name}")
        reader.fill("main form", **{f"actions.0-{name}": value})
    reader.press("Put the motion")
    return Decision.objects.filter(incident__number=number).latest("created_at")


def _unfold(reader, name):
    """Open what a field lies in; with scripts the choice of its kind has opened it."""
    group = reader.page.locator(f'main form details:has([name="{name}"])')
    if group.count() and not reader.page.locator(f'[name="{name}"]').first.is_visible():
        assert not reader.scripts, f"{name} is still folded"
        group.locator("summary").first.click()


def newest(number):
    """The newest motion on a case, beside those on what was stopped at once."""
    rows = Decision.objects.filter(incident__number=number)
    return rows.exclude(matter=Decision.Matter.RATIFICATION).latest("created_at")


def convene(room, decision):
    """Somebody who leads convenes; the notice passes. Returns the motion."""
    page = f"/committee/{decision.number}/"
    by = room.stage.key_of(may_lead(committee=decision.committee, at=clock.now())[0].name)
    room[by].open(page)
    room[by].press("Convene on this motion")
    decision.refresh_from_db()
    steps.until_open(decision.opens_at)
    return decision


def seated(room, decision):
    """The keys of those who sit in the round."""
    keys = {person.pk: key for key, person in room.stage.people.items()}
    return [
        keys[row.seated_id] for row in decision.electors.exclude(seated=None).order_by("number")
    ]


def vote(room, decision, *votes):
    """Everybody who sits votes, 'for' where nothing else is said."""
    for place, key in enumerate(seated(room, decision)):
        choice = votes[place] if place < len(votes) else "for"
        if choice is None:
            continue
        member = room[key]
        member.open(f"/committee/{decision.number}/")
        member.fill("#act", vote=choice)
        member.sign("Sign my vote")


def count(decision):
    """The round is counted by the engine once it may be; returns the motion."""
    stages.let_pass(minutes=30)
    steps.tick()
    decision.refresh_from_db()
    return decision


def decide(room, number, action=None, **more):
    """Put, convene, vote, count; the motion must be adopted."""
    decision = convene(room, put(room, number, action, **more))
    vote(room, decision)
    decision = count(decision)
    assert decision.state == "adopted", decision.resolution
    return decision


def confirm(room, number, **seen):
    """A second person says that it is done, with evidence."""
    (key, *_) = who_can(room, number, "confirm_action")
    told = seen or {"seen_version": "2.2"}
    give(
        room,
        number,
        key,
        "confirm_action",
        button="Confirm as second person",
        evidence="release log, line 12",
        **told,
    )


def witness(room, number):
    """A second person confirms what documents prove."""
    while keys := who_can(room, number, "confirm_proof"):
        if not case_of(number).windows.filter(outcome="RUNNING", proof="document").exists():
            return
        give(
            room,
            number,
            keys[0],
            "confirm_proof",
            button="Confirm as second person",
            evidence="minutes, page 2",
        )


def close(room, number, *, resolution="rolled_back"):
    """The verifier reads the proof and signs."""
    (key, *_) = who_can(room, number, "close")
    reader = room[key]
    reader.open(f"/incidents/{number}/")
    reader.fill(
        "#act",
        resolution=resolution,
        lessons="Watch the forms.",
        detection_gap="The limit needs two of three hours.",
    )
    reader.sign("Close and sign")
    return key


def look_round(room, number, words, *, awaited="", drawn=True):
    """Everybody opens the page of the case: what it offers is allowed, what is not says why.

    Where it is `drawn` the browser shows it to each, and whoever may not take the awaited step asks
    for it all the same, and reads why; else each gets its HTML.
    """
    path = f"/incidents/{number}/"
    for key in ONLOOKERS:
        user, reader = room.stage.people[key], room[key]
        sees = incidents_visible_to(user=user, at=clock.now()).filter(number=number).exists()
        status, html = seen(reader, path) if drawn else reader.fetch(path)
        assert status == (200 if sees else 404), f"{words}: {key} got {status}"
        if not sees:
            continue
        offered = offers(html, number)
        for command in offered:
            why = refused_with(number, user, command)
            assert not why, f"{words}: {key} is offered {command}, and would be refused: {why}"
        if awaited and awaited not in offered:
            why = refused_with(number, user, awaited)
            assert why, f"{words}: {key} may {awaited} and the page does not offer it"
        if drawn and awaited and awaited not in offered:
            status = reader.glance(f"{path}{awaited}/")
            assert status in (403, 409), f"{words}: {key} asked for {awaited} and got {status}"
            told = reader.words()
            assert "Refused" in told, f"{words}: {key} is not refused {awaited}"
            assert reason_of(why) in told, f"{words}: {key} is not told {why}"


def reason_of(why):
    """The reason of a refusal, as a page prints it below what was refused."""
    return why.rpartition(": ")[2].split(".")[0][1:]


def seen(reader, path):
    """Let the browser show a page; returns its status and its HTML."""
    return reader.glance(path), reader.page.content()


def offers(html, number):
    """The commands whose forms or buttons a page shows."""
    found = re.findall(rf'(?:href|action)="/incidents/{number}/(\w+)/[#"]', html)
    return sorted({name for name in found if name in COMMANDS})


def refused_with(number, user, command):
    """Why the command itself would refuse a person, '' where only its fields are missing."""
    incident = case_of(number)
    actor = Actor(kind="person", id=str(user.pk), name=user.name)
    try:
        with transaction.atomic(), acting_as(actor):
            execute(
                command=command,
                incident_id=incident.pk,
                actor=actor,
                at=clock.now(),
                expected_version=incident.version,
                idempotency_key=None,
                payload={},
            )
            transaction.set_rollback(True)
    except Refused as refusal:
        if refusal.status == 400 or refusal.code in FIELDS_LEFT:
            return ""
        return f"{refusal.code}: {refusal.reason}"
    return ""
