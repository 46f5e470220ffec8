"""On call, why a deadline, fire drills and the engine in Chromium (INC-5, INC-10)."""

import datetime as dt

import pytest
from django.db import connections

from governance.models import Call, Drill
from governance.services.paging import page
from ledger.context import acting_as
from outbox.services.sweeps import sweep
from registry.services.people import create_calendar
from registry.services.units import set_calendar
from tests.governance import organisation as org
from tests.incidents import factory as cases
from tests.incidents.factory import SETUP
from tests.walks.browser import Reader, chromium, serving
from tests.walks.stage import set_clock

pytestmark = pytest.mark.browser
AT = cases.AT
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def house(monday, monkeypatch):
    """An organisation with an open incident, served; yields the way to a reader, it, the case."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    set_clock(AT)
    of = org.organised()
    (incident,) = org.read(of)
    sweep(at=AT)
    with serving() as base_url, chromium() as browser:
        yield (
            lambda who, scripts: Reader(browser, base_url, who.email, scripts=scripts),
            of,
            incident,
        )
        connections.close_all()


def local(instant):
    """An instant as a form takes it, in the readers' zone."""
    return (instant + HOUR).strftime("%Y-%m-%dT%H:%M")


def holiday(of):
    """The unit's calendar with Monday as a holiday, in a new version."""
    kept = of.house.unit.calendar
    with acting_as(SETUP):
        calendar = create_calendar(
            name=kept.name,
            zone="UTC",
            hours=kept.hours,
            exceptions={"2026-11-16": []},
            actor=SETUP,
            at=AT,
        )
        set_calendar(
            unit_id=of.house.unit.pk, calendar_id=calendar.pk, reason="x", actor=SETUP, at=AT
        )


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_shift_is_entered_a_call_answered_and_a_deadline_explained(house, scripts):
    reader, of, incident = house
    officer = reader(of.house.compliance, scripts)
    holiday(of)

    officer.open("/on-call/")
    officer.open(f"/on-call/{of.house.unit.pk}/")
    officer.fill(".panel form", from_at=local(AT), until_at=local(AT + 8 * HOUR))
    officer.page.locator('.panel select[name="person"]').select_option(label="Member 1")
    officer.press("Enter the shift")
    assert "Now: Member 1" in officer.words()

    officer.open(f"/incidents/{incident.number}/deadlines/")
    assert "counted from Mon 16 Nov 2026 10:00 CET" in officer.words()
    officer.fill(".panel form", reason="Monday was a holiday")
    officer.press("Count anew")
    assert "recalculated: Monday was a holiday" in officer.words()

    with acting_as(SETUP):
        page(incident=incident, people=[of.house.owner], why="Stop it", key="limit", at=AT)
    owner = reader(of.house.owner, scripts)
    owner.open(f"/calls/{Call.objects.get().pk}/")
    owner.press("I have it")
    assert "answered" in owner.words()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_drill_is_held_and_its_gaps_are_read(house, scripts):
    reader, of, _incident = house
    officer = reader(of.house.compliance, scripts)

    officer.open("/drills/")
    officer.fill(".panel form", purpose="The bot promises refunds", severity="minor", factor="1440")
    officer.press("Start the drill")
    set_clock(AT + HOUR)
    sweep(at=AT + HOUR)
    drill = Drill.objects.get()
    officer.open(f"/drills/{drill.pk}/")
    assert "Nobody said 'I have it' to level 0" in officer.words()
    officer.fill(".panel form", lessons="Give the deputy a pager")
    officer.press("End the drill")
    assert "gaps found" in officer.words()
    officer.open(f"/incidents/{drill.incident.number}/")
    assert "DRILL" in officer.words()
    officer.open("/operations/engine/")
    assert "Sweep last ran" in officer.words()
