"""Pages and API of the rota, calls, deadlines, drills and the engine (INC-5, INC-10)."""

import datetime as dt
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.models import Call, Drill, OnCallShift, StepAcknowledgement
from governance.selectors.pages.on_call import units_page
from governance.services.on_call import enter_shift
from governance.services.paging import page
from ledger.context import acting_as
from outbox.services.sweeps import sweep
from registry.models import Unit
from registry.services.people import create_calendar
from registry.services.units import set_calendar
from tests.governance.organisation import AT, as_setup, organised, read
from tests.governance.pages import posted, seen, signed_in, stand_at, text_of
from tests.incidents.factory import SETUP, person, unique

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _now():
    """The clock stands at the case's instant."""
    stand_at(AT)
    yield
    stand_at(None)


@pytest.fixture
def of():
    """An organisation whose system is of medium tier."""
    return organised()


@pytest.fixture
def incident(of):
    """A moderate incident."""
    (opened,) = read(of)
    return opened


def local(instant):
    """An instant as a form sends it, in the readers' zone."""
    return (instant + HOUR).strftime("%Y-%m-%dT%H:%M")


def api(client, who, path, data=None, *, method="post"):
    """Call the API as a person."""
    signed_in(client, who)
    call = getattr(client, method)
    if data is None and method == "get":
        return call(f"/api/v1/{path}")
    return call(f"/api/v1/{path}", json.dumps(data or {}), content_type="application/json")


def holiday(of):
    """The unit's calendar with Monday as a holiday, in a new version."""
    kept = of.house.unit.calendar
    exceptions = {"2026-11-16": []}
    calendar = as_setup(
        create_calendar, name=kept.name, zone="UTC", hours=kept.hours, exceptions=exceptions, at=AT
    )
    unit = of.house.unit.pk
    as_setup(set_calendar, unit_id=unit, calendar_id=calendar.pk, reason="Holiday", at=AT)


# ---------------------------------------------------------------- rotas
def test_an_empty_rota_teaches_what_it_is_for(client, of):
    text = seen(client, "/on-call/", of.house.compliance)

    assert "Major and severe incidents wake people" in text
    assert "nobody on call" in text


def test_a_shift_is_entered_shown_and_taken_back_on_the_page(client, of):
    there = f"/on-call/{of.house.unit.pk}/"
    signed_in(client, of.house.compliance)

    posted(
        client,
        there,
        act="shift",
        person=of.house.engineer.pk,
        from_at=local(AT),
        until_at=local(AT + 8 * HOUR),
    )
    shown = seen(client, there, of.house.compliance)
    entered = OnCallShift.objects.get()
    posted(client, there, act="end", shift=entered.pk, reason="Ill")

    assert f"Now: {of.house.engineer.name}" in shown
    assert OnCallShift.objects.get().ended_reason == "Ill"


def test_a_wrong_shift_is_told_at_its_field(client, of):
    signed_in(client, of.house.compliance)

    answer = posted(
        client,
        f"/on-call/{of.house.unit.pk}/",
        act="shift",
        person=of.house.engineer.pk,
        from_at=local(AT + HOUR),
        until_at=local(AT),
    )

    assert answer.status_code == 400
    assert "The end lies after the beginning" in text_of(answer)


def test_a_reader_without_the_part_sees_no_form(client, of):
    text = seen(client, f"/on-call/{of.house.unit.pk}/", of.house.auditor)

    assert "Enter the shift" not in text


def test_a_stranger_sees_no_rota_of_another_unit(client, of):
    stranger = organised().house.compliance

    seen(client, f"/on-call/{of.house.unit.pk}/", stranger, status=404)
    answer = api(client, stranger, f"on-call/rotas/{of.house.unit.pk}/shifts", method="get")

    assert answer.status_code == 404


def test_the_api_keeps_rota_and_shifts(client, of):
    unit, who = of.house.unit.pk, of.house.risk
    given = {
        "person": str(of.house.engineer.pk),
        "from_at": AT.isoformat(),
        "until_at": (AT + 8 * HOUR).isoformat(),
    }

    kept = api(client, who, f"on-call/rotas/{unit}", {"zone": "Asia/Kathmandu"}, method="put")
    entered = api(client, who, f"on-call/rotas/{unit}/shifts", given)
    listed = api(client, who, "on-call/rotas", method="get").json()
    ended = api(client, who, f"on-call/shifts/{entered.json()['id']}/end", {"reason": "Ill"})

    assert (kept.status_code, entered.status_code, ended.status_code) == (200, 201, 200)
    assert listed[0]["on_call_now"] == [of.house.engineer.name]
    assert ended.json()["ended_reason"] == "Ill"


@pytest.mark.parametrize(
    "given",
    [
        {"zone": "Mars/Olympus"},
        {"zone": "\x00"},
        {"zone": "UTC", "calendar": "ftp://example.org/x.ics"},
        {"zone": "UTC", "calendar": "https://[::1"},
        {"zone": 7, "calendar": ["x"]},
    ],
)
def test_a_wrong_rota_is_refused_in_words(client, of, given):
    there = f"on-call/rotas/{of.house.unit.pk}"

    answer = api(client, of.house.risk, there, given, method="put")

    assert answer.status_code == 400


def test_units_are_listed_in_a_constant_number_of_queries(client, of):
    with acting_as(SETUP):
        for number in range(6):
            below = Unit(
                name=unique(f"team {number}"),
                calendar=of.house.unit.calendar,
                parent=of.house.unit,
            )
            below.save(force_insert=True, at=AT)
    as_setup(
        enter_shift,
        unit_id=of.house.unit.pk,
        person_id=of.house.engineer.pk,
        from_at=AT - HOUR,
        until_at=AT + DAY,
        at=AT - HOUR,
    )

    with CaptureQueriesContext(connection) as asked:
        page_of_units = units_page(user=of.house.compliance, at=AT)

    assert len(asked) <= 6
    assert [one.people for one in page_of_units["rows"]] == [(of.house.engineer,)] * 7
    assert [one.inherits for one in page_of_units["rows"]].count(True) == 6


# ---------------------------------------------------------------- calls
def called(of, incident, who):
    """A call to somebody."""
    with acting_as(SETUP):
        page(incident=incident, people=[who], why="Stop the agent", key="limit", at=AT)
    return Call.objects.get()


def test_a_call_is_answered_on_its_page(client, of, incident):
    call = called(of, incident, of.house.owner)

    before = seen(client, f"/calls/{call.pk}/", of.house.owner)
    posted(client, f"/calls/{call.pk}/")
    after = seen(client, f"/calls/{call.pk}/", of.house.owner)

    assert "I have it" in before
    assert "answered" in after
    assert "Say that you have it" not in after


def test_a_call_is_answered_over_the_api(client, of, incident):
    call = called(of, incident, of.house.owner)

    listed = api(client, of.house.owner, "calls/", method="get").json()["results"]
    answered = api(client, of.house.owner, f"calls/{call.pk}/answer")
    foreign = api(client, of.house.deputy, f"calls/{call.pk}/answer")

    assert [one["id"] for one in listed] == [str(call.pk)]
    assert answered.json()["answered"]
    assert foreign.status_code == 403


# ---------------------------------------------------------------- deadlines
def test_the_page_of_deadlines_explains_and_names_who_would_be_called(client, of, incident):
    sweep(at=AT)

    text = seen(client, f"/incidents/{incident.number}/deadlines/", of.house.owner)

    assert "1 working day, counted from Mon 16 Nov 2026 10:00 CET." in text
    assert f"{of.house.deputy.name} deputy" in text
    assert "Count anew" not in text


def step_offered(client, there, user):
    """The fields of the form by which a person takes the step that told them."""
    markup = signed_in(client, user).get(there).content.decode()
    return dict(re.findall(r'name="(rule|step)" value="([^"]+)"', markup))


def test_who_was_told_takes_the_step_on_the_page(client, of, incident):
    sweep(at=AT)
    there = f"/incidents/{incident.number}/deadlines/"
    others = seen(client, there, of.house.compliance)
    given = step_offered(client, there, of.house.owner)

    answer = posted(client, f"{there}taken", **given)
    after = seen(client, there, of.house.owner)

    assert "You were told" not in others
    assert answer.status_code == 302
    assert "You have it since" in after
    assert step_offered(client, there, of.house.owner) == {}
    (row,) = StepAcknowledgement.objects.all()
    assert (row.person_id, row.rule) == (of.house.owner.pk, given["rule"])


def test_who_was_not_told_takes_no_step(client, of, incident):
    sweep(at=AT)
    there = f"/incidents/{incident.number}/deadlines/"
    given = step_offered(client, there, of.house.owner)
    signed_in(client, of.house.compliance)

    refused = posted(client, f"{there}taken", **given)
    nonsense = posted(client, f"{there}taken", rule="x", step="many")

    assert (refused.status_code, nonsense.status_code) == (403, 403)
    assert not StepAcknowledgement.objects.exists()


def test_deadlines_are_counted_anew_on_the_page_by_compliance(client, of, incident):
    holiday(of)
    there = f"/incidents/{incident.number}/deadlines/"
    offered = seen(client, there, of.house.compliance)

    answer = posted(client, there, reason="Monday was a holiday")
    after = seen(client, there, of.house.compliance)

    assert "Count anew" in offered
    assert answer.status_code == 302
    assert "recalculated: Monday was a holiday" in after


def test_deadlines_are_read_and_counted_anew_over_the_api(client, of, incident):
    holiday(of)
    there = f"incidents/{incident.number}"

    read_first = api(client, of.house.owner, f"{there}/deadlines", method="get").json()
    refused = api(client, of.house.owner, f"{there}/recalculation", {"reason": "x"})
    moved = api(client, of.house.compliance, f"{there}/recalculation", {"reason": "Holiday"})

    assert {one["stage"] for one in read_first["deadlines"]} >= {"Acknowledge"}
    assert refused.status_code == 403
    assert "acknowledge" in [one["stage"] for one in moved.json()]


# ---------------------------------------------------------------- drills
def test_a_drill_is_started_read_and_ended_on_its_pages(client, of):
    signed_in(client, of.house.compliance)
    given = {"system": of.house.system.slug, "purpose": "Night", "severity": "minor", "factor": 1}

    started = posted(client, "/drills/", **given)
    drill = Drill.objects.get()
    sweep(at=AT + MINUTE)
    shown = seen(client, f"/drills/{drill.pk}/", of.house.compliance)
    posted(client, f"/drills/{drill.pk}/", lessons="Buy pagers")
    ended = seen(client, f"/drills/{drill.pk}/", of.house.compliance)

    assert started.status_code == 302
    assert "DRILL" in shown
    assert "Nobody said 'I have it' to level 0" in shown
    assert "Buy pagers" in ended
    assert "Night" in seen(client, "/drills/", of.house.owner)


def test_a_drill_over_the_api(client, of):
    given = {"system": of.house.system.slug, "purpose": "Night", "severity": "severe", "factor": 60}

    started = api(client, of.house.risk, "drills/", given)
    refused = api(client, of.house.engineer, "drills/", given)
    there = f"drills/{started.json()['id']}"
    ended = api(client, of.house.risk, f"{there}/end", {"lessons": "Buy pagers"})
    listed = api(client, of.house.owner, "drills/", method="get").json()

    assert (started.status_code, refused.status_code, ended.status_code) == (201, 403, 200)
    assert ended.json()["report"]["gaps"]
    assert [one["state"] for one in listed["results"]] == ["ended"]


def test_a_drill_of_another_unit_is_not_there(client, of):
    given = {"system": of.house.system.slug, "purpose": "Night", "severity": "minor", "factor": 1}
    started = api(client, of.house.risk, "drills/", given).json()
    stranger = organised().house.compliance

    answer = api(client, stranger, f"drills/{started['id']}", method="get")

    assert answer.status_code == 404
    seen(client, f"/drills/{started['id']}/", stranger, status=404)


# ---------------------------------------------------------------- engine
def test_the_engine_is_shown_to_who_administers_it_alone(client, of):
    admin = person(name="Admin", unit=of.house.unit, role="administrator")
    sweep(at=AT - 400 * DAY)

    text = seen(client, "/operations/engine/", admin)
    over_api = api(client, admin, "engine", method="get").json()
    refused = api(client, of.house.owner, "engine", method="get")

    assert "The sweep last ran" in text
    assert not over_api["ok"]
    assert refused.status_code == 403
    seen(client, "/operations/engine/", of.house.owner, status=403)
