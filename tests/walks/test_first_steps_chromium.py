"""The whole of the first steps in Chromium, from one administrator to a rehearsed breach, timed.

What each step took stands in tests/output/first_steps/times.json, with a picture of each page. The
times are those of a machine that types; what a person needs beside them is reading.
"""

import json
import time
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections

from governance.models import Drill, ThresholdVersion
from ledger.context import acting_as
from ledger.services.bulk import audited_bulk
from outbox import clock
from registry.models import System, User
from registry.services.reference import load_reference
from tests.registry.factories import PASSWORD, SETUP, call, role, unit, user
from tests.telemetry.factory import catalogue
from tests.walks.browser import Reader, chromium, serving
from tests.walks.case_steps import NO

pytestmark = pytest.mark.browser
OUTPUT = Path(__file__).resolve().parents[1] / "output" / "first_steps"
TEN_MINUTES = 600
PEOPLE = {
    "owner": "Olga Owner",
    "deputy": "Dario Deputy",
    "compliance": "Carl Compliance",
    "risk": "Rita Risk",
    "secretary": "Seth Secretary",
    "executive": "Eva Executive",
    "member": "Mia Member",
}
LIMITS = {
    "groundedness": {},
    "hallucination_rate": {},
    "time_to_first_response": {"usual": "2"},
    "cost_per_request": {"usual": "0.04"},
    "positive_feedback_rate": {"usual": "0.8"},
}


class Watch:
    """How long each step took, and a picture of what it showed."""

    def __init__(self):
        OUTPUT.mkdir(parents=True, exist_ok=True)
        self.times, self.began = {}, time.monotonic()

    def took(self, name):
        """Note a step that is done."""
        now = time.monotonic()
        self.times[name] = round(now - self.began, 1)
        self.began = now

    def picture(self, reader, name):
        """Keep the page in light and dark, and as wide as a tablet."""
        for scheme in ("light", "dark"):
            reader.page.emulate_media(color_scheme=scheme)
            reader.page.screenshot(path=OUTPUT / f"{name}-{scheme}.png", full_page=True)
        reader.page.emulate_media(color_scheme="light")
        reader.page.set_viewport_size({"width": 768, "height": 1024})
        reader.page.screenshot(path=OUTPUT / f"{name}-768.png", full_page=True)
        wide = reader.page.evaluate("document.documentElement.scrollWidth")
        reader.page.set_viewport_size({"width": 1280, "height": 900})
        assert wide <= 768, f"{name} is {wide} wide on a tablet"


@pytest.fixture
def house(monday, monkeypatch):
    """An organisation that has an administrator and nothing else; yields a browser's door."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    top = unit(name="Harbour Mutual")
    catalogue()
    call(load_reference, at=clock.now())
    admin = user(of=top, name="Ada Administrator", password=PASSWORD)
    role(admin, "administrator", unit=top)
    with serving() as base_url, chromium() as browser:
        yield lambda email: Reader(browser, base_url, email, scripts=True), admin
        connections.close_all()


def let_in():
    """Give those who were invited a password, as their own link would."""
    invited = User.objects.filter(email__endswith="@harbour.example")
    with acting_as(SETUP), audited_bulk(reason="set by them", actor=SETUP, at=clock.now()):
        invited.update(password=make_password(PASSWORD))


def test_an_organisation_comes_from_nothing_to_a_rehearsed_breach(house):
    door, admin = house
    ada, watch = door(admin.email), Watch()
    assert "Go on with the first steps" in ada.words()
    watch.picture(ada, "desk")
    ada.open("/first-steps/")
    watch.picture(ada, "list-empty")
    _people(ada, watch)
    _profile_and_committee(ada, door, watch)
    _system_kpis_thresholds(ada, door, watch)
    _rehearse(ada, door("owner@harbour.example"), watch)

    ada.open("/first-steps/")

    watch.picture(ada, "list-done")
    (OUTPUT / "times.json").write_text(json.dumps(watch.times, indent=1))
    assert "All steps are done." in ada.words()
    assert sum(watch.times.values()) < TEN_MINUTES


def _people(ada, watch):
    ada.open("/first-steps/people/")
    watch.picture(ada, "people")
    given = {f"{key}_name": name for key, name in PEOPLE.items()}
    given |= {f"{key}_email": f"{key}@harbour.example" for key in PEOPLE}
    ada.fill("form.form", **given)
    ada.press("Invite them")
    let_in()
    watch.took("people")


def _profile_and_committee(ada, door, watch):
    ada.open("/first-steps/profile/")
    watch.picture(ada, "profile")
    ada.fill("form.form", profile="small")
    ada.press("Load the profile")
    carl = door("compliance@harbour.example")
    carl.open("/first-steps/")
    watch.picture(carl, "list-waits")
    carl.open("/first-steps/profile/")
    carl.press("Confirm the profile")
    watch.took("profile")
    ada.open("/first-steps/committee/")
    watch.picture(ada, "committee")
    seats = {"chair": "Eva Executive", "second": "Mia Member", "third": "Seth Secretary"}
    ids = dict(User.objects.values_list("name", "pk"))
    ada.fill("form.form", name="AI committee", **{key: ids[name] for key, name in seats.items()})
    ada.press("Found the committee")
    watch.took("committee")


def _system_kpis_thresholds(ada, door, watch):
    ids = dict(User.objects.values_list("name", "pk"))
    ada.open("/first-steps/system/?kind=assistant")
    watch.picture(ada, "system")
    ada.fill("form.form", owner=ids["Olga Owner"], deputy=ids["Dario Deputy"])
    ada.press("Register the system")
    watch.took("system")
    made = System.objects.get(slug="assistant-for-customers")
    olga = door("owner@harbour.example")
    olga.open(f"/first-steps/systems/{made.slug}/kpis/")
    watch.picture(olga, "kpis")
    for key, given in LIMITS.items():
        olga.fill("form.form", **{f"{key}.{name}": value for name, value in given.items()})
    olga.press("Draft these thresholds")
    watch.took("kpis")
    carl = door("compliance@harbour.example")
    for version in ThresholdVersion.objects.filter(threshold__system=made):
        carl.open(f"/systems/{made.slug}/thresholds/{version.pk}/")
        carl.press("Approve")
    watch.took("thresholds")


def _rehearse(ada, olga, watch):
    ada.open("/first-steps/")
    watch.picture(ada, "list-middle")
    ada.page.get_by_role("link", name="Start the rehearsal").click()
    ada.look()
    watch.picture(ada, "drill")
    ada.press("Start the drill")
    drill = Drill.objects.select_related("incident").get()
    _answer(olga, drill.incident.number)
    ada.open(f"/drills/{drill.pk}/")
    ada.fill("main", lessons="Nobody had named a pager; everybody does so this week.")
    ada.press("End the drill")
    drill.refresh_from_db()
    assert drill.state == Drill.State.ENDED
    watch.took("rehearsal")


def _answer(olga, number):
    """The owner takes the rehearsal as a case, and assesses it."""
    olga.open(f"/incidents/{number}/")
    assert "DRILL" in olga.words() or "rehearsal" in olga.words().lower()
    olga.fill("#act", **NO)
    olga.press("Acknowledge")
    olga.open(f"/incidents/{number}/first_assessment/")
    olga.fill("#act", seen="It fell.", affected="12", contained="no", next_step="Read ten answers.")
    olga.sign("Write first assessment")


def test_a_sample_comes_and_goes_with_one_click_each_and_notices_read_well(house):
    door, admin = house
    other = user(of=admin.unit, name="Olga Owner")
    ada, watch = door(admin.email), Watch()
    ada.open("/first-steps/")
    ada.fill("aside form.form", deputy=other.pk)

    ada.press("Add the sample system")
    watch.picture(ada, "list-sample")
    ada.open(f"/systems/{System.objects.get(sample='shown').slug}/")
    watch.picture(ada, "sample")
    ada.open("/me/notices/")
    watch.picture(ada, "how-you-are-told")
    ada.press("Send me a trial by every way")
    ada.open("/notifications/")
    watch.picture(ada, "notices")
    ada.press("Mark all as read")
    ada.open("/first-steps/")
    ada.press("Remove the samples")

    assert "1 sample is removed" in ada.words()
    assert not System.objects.filter(sample="shown").exists()
