"""On call (workflow section 3, INC-5): the rota of a unit, its calendar, whom a step finds."""

import datetime as dt
import http.server
import threading

import pytest

from governance.models import OnCallFetch, OnCallShift
from governance.rules.on_call_calendar import BadRota, duties
from governance.selectors.on_call import on_call_now, shifts_of, uncovered
from governance.selectors.recipients import resolve, resolve_all
from governance.services.on_call import end_shift, enter_shift, keep_rota
from governance.services.on_call_reading import read_due
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import Leave, Unit
from tests.governance.organisation import AT, as_setup, organised, read
from tests.incidents.factory import LONG_AGO, SETUP, acting, person, unique

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//rota//EN
{events}
END:VCALENDAR
"""
WEEKLY = """BEGIN:VEVENT
UID:night
DTSTART;TZID=Europe/Berlin:20261019T180000
DTEND;TZID=Europe/Berlin:20261020T080000
RRULE:FREQ=WEEKLY;COUNT=4
EXDATE;TZID=Europe/Berlin:20261102T180000
SUMMARY:Night shift
ATTENDEE:mailto:{address}
END:VEVENT"""
WHOLE_DAY = """BEGIN:VEVENT
UID:day
DTSTART;VALUE=DATE:20261116
DTEND;VALUE=DATE:20261117
SUMMARY:{title}
END:VEVENT"""


@pytest.fixture
def of(db):
    """An organisation whose system is of medium tier."""
    return organised()


@pytest.fixture
def incident(of):
    """A moderate incident."""
    (opened,) = read(of)
    return opened


def rota(events):
    """A calendar with these events."""
    return CALENDAR.format(events="\n".join(events)).replace("\n", "\r\n").encode()


def shift(of, who, *, unit=None, begins=AT - HOUR, lasts=8 * HOUR):
    """Put somebody on call."""
    return as_setup(
        enter_shift,
        unit_id=(unit or of.house.unit).pk,
        person_id=who.pk,
        from_at=begins,
        until_at=begins + lasts,
        at=AT - HOUR,
    )


def above(of):
    """A unit above the organisation's."""
    with acting_as(SETUP):
        top = Unit(name=unique("group"), calendar=of.house.unit.calendar)
        top.save(force_insert=True, at=LONG_AGO)
        of.house.unit.parent = top
        of.house.unit.save(at=LONG_AGO)
    return top


# ---------------------------------------------------------------- who is on call
def test_who_has_the_shift_is_on_call_until_its_end(of):
    shift(of, of.house.engineer)

    assert on_call_now(unit_id=of.house.unit.pk, at=AT) == [of.house.engineer]
    assert on_call_now(unit_id=of.house.unit.pk, at=AT + 7 * HOUR) == []


def test_a_unit_whose_rota_has_a_hole_is_covered_by_the_unit_above(of):
    group = above(of)
    night = person(name="Group night", unit=group)
    shift(of, night, unit=group)
    shift(of, of.house.engineer, begins=AT + HOUR)

    assert on_call_now(unit_id=of.house.unit.pk, at=AT) == [night]
    assert on_call_now(unit_id=of.house.unit.pk, at=AT + HOUR) == [of.house.engineer]


def test_a_shift_taken_back_calls_nobody_and_stays_on_record(of):
    entered = shift(of, of.house.engineer)

    as_setup(end_shift, shift_id=entered.pk, reason="Ill", at=AT)

    assert on_call_now(unit_id=of.house.unit.pk, at=AT) == []
    assert OnCallShift.objects.get(pk=entered.pk).ended_reason == "Ill"


def test_a_shift_longer_than_a_month_or_in_the_past_is_refused(of):
    with pytest.raises(Invalid):
        shift(of, of.house.engineer, lasts=40 * DAY)
    with pytest.raises(Invalid):
        shift(of, of.house.engineer, begins=AT - 3 * DAY, lasts=DAY)


def test_a_person_without_the_role_does_not_keep_the_rota(of):
    auditor = of.house.auditor

    with acting_as(acting(auditor)), pytest.raises(Forbidden):
        enter_shift(
            unit_id=of.house.unit.pk,
            person_id=auditor.pk,
            from_at=AT,
            until_at=AT + HOUR,
            actor=acting(auditor),
            at=AT,
        )


def test_times_that_nobody_covers_are_named(of):
    entered = [shift(of, of.house.engineer), shift(of, of.house.owner, begins=AT + 10 * HOUR)]

    shifts = list(shifts_of(rota=entered[0].rota, since=AT, until=AT + DAY))
    found = uncovered(shifts, since=AT, until=AT + DAY)

    assert [(one.from_at, one.until_at) for one in found] == [
        (AT + 7 * HOUR, AT + 10 * HOUR),
        (AT + 18 * HOUR, AT + DAY),
    ]


# ---------------------------------------------------------------- whom a step finds
def test_the_expression_finds_who_is_on_call_now(of, incident):
    shift(of, of.house.engineer)

    found = resolve(expression="on_call", incident=incident, at=AT)

    assert [(one.person, one.how) for one in found] == [(of.house.engineer, "on_call")]


def test_an_empty_rota_falls_back_to_owner_and_deputy(of, incident):
    found = resolve(expression="on_call", incident=incident, at=AT)

    assert {one.person for one in found} == {of.house.owner, of.house.deputy}


def test_who_is_on_call_but_on_leave_is_not_reached(of, incident):
    shift(of, of.house.engineer)
    with acting_as(SETUP):
        Leave(user=of.house.engineer, from_at=AT - DAY, until_at=AT + DAY).save(force_insert=True)

    found = resolve(expression="on_call", incident=incident, at=AT)

    assert of.house.engineer not in [one.person for one in found]
    assert found


def test_beside_others_an_empty_rota_adds_nobody(of, incident):
    found = resolve_all(expressions=("deputy", "on_call"), incident=incident, at=AT)

    assert [one.person for one in found] == [of.house.deputy]


# ---------------------------------------------------------------- calendars
def test_a_recurring_event_is_unrolled_over_the_change_of_the_clock():
    content = rota([WEEKLY.format(address="Ann@Example.org")])
    since = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)

    found = duties(content, zone="Europe/Berlin", since=since, until=since + 60 * DAY)

    assert [one.from_at.isoformat() for one in found] == [
        "2026-10-19T16:00:00+00:00",
        "2026-10-26T17:00:00+00:00",
        "2026-11-09T17:00:00+00:00",
    ]
    assert {one.until_at - one.from_at for one in found} == {14 * HOUR}
    assert found[0].addresses == ("ann@example.org",)


def test_a_whole_day_is_one_in_the_zone_of_the_rota():
    content = rota([WHOLE_DAY.format(title="Ann")])

    (found,) = duties(content, zone="Asia/Kathmandu", since=AT - DAY, until=AT + DAY)

    assert found.from_at.isoformat() == "2026-11-15T18:15:00+00:00"
    assert (found.until_at - found.from_at, found.title) == (DAY, "Ann")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"\xff\xfe\x00",
        rota([WHOLE_DAY.format(title="x").replace("DTSTART", "DTXXX")]),
        rota([WEEKLY.format(address="x").replace("WEEKLY", "SECONDLY")]),
    ],
)
def test_what_is_no_rota_is_said_so(content):
    with pytest.raises(BadRota):
        duties(content, zone="UTC", since=AT, until=AT + DAY)


class _Rota(http.server.BaseHTTPRequestHandler):
    content = b""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(type(self).content)

    def log_message(self, *said):
        """Say nothing."""


@pytest.fixture
def served(settings):
    """A calendar served on this machine; returns the handler whose `content` it answers with."""
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]
    handler = type("Handler", (_Rota,), {})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    handler.url = f"http://127.0.0.1:{server.server_port}/rota.ics"
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def keep(of, url):
    """Read the unit's rota from an address."""
    return as_setup(keep_rota, unit_id=of.house.unit.pk, zone="UTC", url=url, at=AT)


def test_a_calendar_is_read_and_read_again_as_it_changes(of, served):
    ann = of.house.engineer
    served.content = rota([WHOLE_DAY.format(title=ann.name), WHOLE_DAY.format(title="Who Else")])
    kept = keep(of, served.url)

    read_due(AT)
    first = on_call_now(unit_id=of.house.unit.pk, at=AT)
    unknown = OnCallFetch.objects.get(rota=kept).unknown
    served.content = rota([WHOLE_DAY.format(title=of.house.owner.name)])
    read_due(AT + 15 * dt.timedelta(minutes=1))

    assert first == [ann]
    assert unknown == ["Who Else"]
    assert on_call_now(unit_id=of.house.unit.pk, at=AT + HOUR) == [of.house.owner]


def test_a_calendar_that_cannot_be_read_leaves_the_shifts_and_says_why(of, served):
    served.content = rota([WHOLE_DAY.format(title=of.house.engineer.name)])
    kept = keep(of, served.url)
    read_due(AT)
    served.content = b"<html>Sign in</html>"

    read_due(AT + HOUR)

    assert on_call_now(unit_id=of.house.unit.pk, at=AT + HOUR) == [of.house.engineer]
    assert OnCallFetch.objects.get(rota=kept).fault.startswith("it is no iCalendar file")


def test_an_address_inside_is_never_asked(of, served, settings):
    settings.WEBHOOK_PRIVATE_HOSTS = []
    served.content = rota([WHOLE_DAY.format(title=of.house.engineer.name)])
    kept = keep(of, served.url)

    read_due(AT)

    assert OnCallFetch.objects.get(rota=kept).fault.startswith("the address is refused")
    assert not OnCallShift.objects.exists()


def test_the_address_of_a_calendar_is_kept_sealed_and_a_shift_of_it_is_changed_there(of, served):
    served.content = rota([WHOLE_DAY.format(title=of.house.engineer.name)])
    kept = keep(of, served.url)
    read_due(AT)

    assert served.url.encode() not in bytes(kept.sealed_url)
    assert kept.host == "127.0.0.1"
    with pytest.raises(Conflict):
        as_setup(end_shift, shift_id=OnCallShift.objects.get().pk, reason="x", at=AT)
