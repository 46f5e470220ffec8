"""The page on which a person reports an incident by hand (INC-1, T01)."""

import datetime as dt

import pytest

from incidents.models import Incident
from ledger.selectors.lines import lines_of_incident
from tests.governance.organisation import organised
from tests.governance.pages import AT, seen, signed_in, text_of
from tests.incidents.factory import clock_rule, house

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
PAGE = "/incidents/report/"
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def of():
    return organised()


def report(of, **changes):
    """What is typed on the page."""
    return {
        "system": of.house.system.slug,
        "title": "Claims of widows are refused",
        "seen": "Three files of this morning, all refused without a reason.",
        "seen_at": "2026-11-16T08:00",
        "known_by": "",
        "environment": "production",
        "person_harmed": "no",
        "rights_affected": "unknown",
        "personal_data": "no",
        "critical_service": "no",
    } | changes


def test_who_sees_a_system_reports_what_they_saw_and_comes_to_the_case(client, of):
    answer = signed_in(client, of.house.engineer).post(PAGE, report(of))

    incident = Incident.objects.get()
    assert answer["Location"] == f"/incidents/{incident.number}/"
    assert (incident.kind, incident.system, incident.owner) == (
        "reported", of.house.system, of.house.owner,
    )  # fmt: skip
    assert incident.onset_at == dt.datetime(2026, 11, 16, 7, 0, tzinfo=dt.UTC)
    (opened,) = [line for line in lines_of_incident(incident_id=incident.pk) if
                 line.verb == "incident.opened"]  # fmt: skip
    assert opened.actor == of.house.engineer.name


def test_a_yes_on_personal_data_starts_its_clock_from_the_report(client, of):
    clock_rule(hours=72)

    signed_in(client, of.house.engineer).post(PAGE, report(of, personal_data="yes"))

    clock = Incident.objects.get().clocks.get()
    assert dt.timedelta(0) <= clock.aware_at - AT < HOUR
    assert clock.due_at == clock.aware_at + 72 * HOUR


def test_what_is_missing_is_told_at_its_field_and_what_was_typed_is_kept(client, of):
    answer = signed_in(client, of.house.engineer).post(PAGE, report(of, title=" "))

    assert answer.status_code == 400
    assert "Nothing is reported yet." in text_of(answer)
    assert "Three files of this morning" in answer.content.decode()
    assert not Incident.objects.exists()


def test_an_instant_that_has_not_come_is_told_at_its_field(client, of):
    answer = signed_in(client, of.house.engineer).post(PAGE, report(of, seen_at="2027-01-01T08:00"))

    assert answer.status_code == 400
    assert "This lies in the future." in text_of(answer)


def test_a_system_of_another_unit_is_neither_offered_nor_taken(client, of):
    other = house()
    signed_in(client, of.house.engineer)

    shown = client.get(PAGE).content.decode()
    answer = client.post(PAGE, report(of, system=other.system.slug))

    assert of.house.system.slug in shown
    assert other.system.slug not in shown
    assert answer.status_code == 400
    assert not Incident.objects.exists()


def test_the_system_of_the_address_is_chosen_already(client, of):
    slug = of.house.system.slug

    shown = signed_in(client, of.house.owner).get(f"{PAGE}?system={slug}").content.decode()

    assert f'<option value="{slug}" selected>' in shown


def test_who_sees_no_system_is_led_to_a_concern(client, of):
    text = seen(client, PAGE, of.house.stranger)

    assert "You see no system here" in text
    assert "Raise a concern" in text


def test_the_list_of_incidents_leads_there(client, of):
    shown = signed_in(client, of.house.owner).get("/incidents/").content.decode()

    assert f'href="{PAGE}"' in shown


def test_nobody_reports_without_signing_in(client, of):
    answer = client.post(PAGE, report(of))

    assert answer.status_code == 302
    assert not Incident.objects.exists()
