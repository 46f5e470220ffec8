"""Pages of calendars: what is coming, a country's holidays, a day by hand. INC-5, CLK-14."""

import datetime as dt
import json

import pytest

from registry.models import Unit, WorkCalendar
from tests.governance.pages import signed_in, text_of
from tests.incidents import factory as cases
from tests.incidents.factory import fresh, opened
from tests.registry import factories as registry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
DAY = dt.date(2026, 12, 24)


@pytest.fixture
def house():
    """A house whose administrator answers for every unit."""
    found = cases.house()
    admin = registry.user(password=cases.PASSWORD)
    for one in Unit.objects.filter(calendar=found.unit.calendar):
        registry.role(admin, "administrator", unit=one, at=cases.LONG_AGO)
    found.admin = admin
    return found


def calendar_of(house):
    return WorkCalendar.objects.get(unit=house.unit)


def page_of(house):
    return f"/calendars/{calendar_of(house).name}/"


def by_hand(**changes):
    given = {"act": "day", "day": str(DAY), "what": "off", "reason": "Agreed with the council."}
    return given | changes


def test_the_list_says_which_calendar_knows_no_country(client, house):
    page = text_of(signed_in(client, house.owner).get("/calendars/"))

    assert calendar_of(house).name in page
    assert "none chosen" in page


def test_an_administrator_takes_in_a_country_and_sees_what_is_coming(client, house):
    browser, path = signed_in(client, house.admin), page_of(house)

    sent = browser.post(path, {"act": "place", "country": "DE", "subdivision": "BY"})

    page = text_of(browser.get(path))
    assert sent.status_code == 302
    assert "DE-BY" in page
    assert "Wed 6 Jan 2027" in page
    assert "Epiphany" in page


def test_a_day_by_hand_is_a_new_version_and_what_runs_keeps_its_own(client, house):
    incident = opened(house)
    before, path = fresh(incident).plan, page_of(house)
    browser = signed_in(client, house.admin)

    sent = browser.post(path, by_hand())
    half = browser.post(path, by_hand(day="2026-12-31", what="hours", begins="09:00", ends="12:00"))

    now = calendar_of(house)
    assert (sent.status_code, half.status_code) == (302, 302)
    assert (now.exceptions[str(DAY)], now.version) == ([], 3)
    assert now.exceptions["2026-12-31"] == [["09:00", "12:00"]]
    assert fresh(incident).plan == before
    assert "entered by hand" in text_of(browser.get(path))


def test_a_day_is_as_its_weekday_again(client, house):
    browser, path = signed_in(client, house.admin), page_of(house)
    browser.post(path, by_hand())

    browser.post(path, by_hand(what="usual"))

    assert str(DAY) not in calendar_of(house).exceptions


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"day": "2060-01-01"}, "day"),
        ({"what": "hours"}, "begins"),
        ({"what": "hours", "begins": "12:00", "ends": "09:00"}, ""),
    ],
)
def test_what_is_wrong_with_a_day_is_told_and_changes_nothing(client, house, changes, field):
    sent = signed_in(client, house.admin).post(page_of(house), by_hand(**changes))

    assert sent.status_code == 400
    assert f'id="id_{field}' in sent.content.decode()
    assert calendar_of(house).version == 1


def test_who_does_not_administer_reads_and_is_told_who_can(client, house):
    browser = signed_in(client, house.owner)

    page = text_of(browser.get(page_of(house)))
    browser.post(page_of(house), by_hand())

    assert "Enter the day" not in page
    assert calendar_of(house).version == 1


def test_the_api_enters_a_day(client, house):
    path = f"/api/v1/calendars/{calendar_of(house).pk}/days"
    body = {"day": str(DAY), "intervals": [], "reason": "Agreed."}

    done = signed_in(client, house.admin).put(
        path, json.dumps(body), content_type="application/json"
    )
    bad = client.put(
        path, json.dumps(body | {"intervals": [["25:00", "9"]]}), content_type="application/json"
    )

    assert (done.status_code, done.json()["exceptions"][str(DAY)]) == (200, [])
    assert bad.status_code == 400


def test_an_unknown_calendar_is_not_there(client, house):
    assert signed_in(client, house.admin).get("/calendars/Mars/").status_code == 404


def test_who_administers_one_unit_of_several_is_told_that_others_keep_the_calendar(client, house):
    other = registry.unit(name="Far branch", hours=calendar_of(house))

    sent = signed_in(client, house.admin).post(page_of(house), by_hand())

    assert sent.status_code == 403
    assert "units that you do not administer: 1 of them" in text_of(sent)
    # What units there are is told to those who see them.
    assert other.name not in text_of(sent)
    assert calendar_of(house).version == 1
