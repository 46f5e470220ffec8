"""Pages and endpoints at a past instant: the banner, what is left out, the links, the refusals."""

import datetime as dt

import pytest

from incidents.models import Incident
from ledger.context import acting_as
from registry.models import RoleAssignment
from telemetry.models import Measurement
from tests.governance import organisation as org
from tests.governance.pages import AT, readings, section, signed_in, stand_at, text_of
from tests.incidents import factory as cases
from tests.incidents.factory import LONG_AGO, SETUP

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
LATER = AT + 48 * HOUR


@pytest.fixture(autouse=True)
def _standing_clock():
    stand_at(LATER)
    yield
    stand_at(None)


@pytest.fixture
def of():
    made = org.organised(risk_tier="high")
    readings(made.house.series, 0.97, 0.96, 0.91, 0.85)
    return made


@pytest.fixture
def incident(of):
    """Opened at AT, acknowledged an hour later, found out after two."""
    (opened,) = org.read(of)
    cases.do(opened, "acknowledge", of.house.owner, at=AT + HOUR)
    cases.evidence(opened, of.house.owner, AT + 2 * HOUR)
    cases.do(opened, "submit_findings", of.house.owner, at=AT + 2 * HOUR)
    return cases.fresh(opened)


def text(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def page(client, user, path, at, *, status=200):
    response = signed_in(client, user).get(path, {"as_of": at if isinstance(at, str) else text(at)})
    assert response.status_code == status, text_of(response)[:500]
    return response


def case_file(incident):
    return f"/incidents/{incident.number}/"


def test_the_case_file_shows_what_was_known_and_says_so(client, of, incident):
    response = page(client, of.house.compliance, case_file(incident), AT + HOUR)

    shown = text_of(response)
    assert "As it was on 16 November 2026, 11:00" in shown
    assert "Nothing can be changed here" in shown
    assert "Owner's findings" not in shown
    assert 'aria-current="step"' in response.content.decode()
    assert "acknowledged" in section(shown, "The record", "</main")


def test_the_present_shows_no_banner_but_the_way_to_an_instant(client, of, incident):
    response = signed_in(client, of.house.compliance).get(case_file(incident))

    shown = response.content.decode()
    assert "As it was on" not in text_of(response)
    assert 'type="datetime-local" id="as-of" name="as_of"' in shown


def test_nobody_is_offered_anything_to_do(client, of, incident):
    now = signed_in(client, of.house.compliance).get(case_file(incident)).content.decode()

    then = page(client, of.house.compliance, case_file(incident), AT + 2 * HOUR).content.decode()

    assert 'class="panel panel--act"' in now
    for piece in ('method="post"', "panel--act", "Who may act now", "What you cannot do here"):
        assert piece not in section(then, "<main", "</main")


def test_links_stay_at_the_instant(client, of, incident):
    response = page(client, of.house.compliance, case_file(incident), AT + HOUR)

    shown, slug = response.content.decode(), incident.system.slug
    kept = "as_of=2026-11-16T10%3A00%3A00Z"
    assert f'href="/systems/{slug}/?{kept}"' in shown
    assert f'href="/systems/{slug}/kpis/{of.house.series.pk}/?{kept}"' in shown
    assert f'href="?record=all&amp;{kept}"' in shown
    assert f'href="/incidents/{incident.number}/record.csv?{kept}"' in shown


@pytest.mark.parametrize("path", ["", "kpis/{series}/"])
def test_a_system_and_its_kpis_are_shown_as_they_were(client, of, incident, path):
    system = of.house.system
    system.purpose, system.owner = "Another purpose.", of.house.author
    with acting_as(SETUP):
        system.save(at=AT + 3 * HOUR)

    response = page(
        client,
        of.house.compliance,
        f"/systems/{system.slug}/{path.format(series=of.house.series.pk)}",
        AT + 2 * HOUR,
    )

    assert "As it was on 16 November 2026, 12:00" in text_of(response)
    assert "Another purpose." not in response.content.decode()
    assert f'href="/incidents/{incident.number}/?as_of=' in response.content.decode()


def test_a_reading_that_came_later_is_left_out_however_early_its_window(client, of, incident):
    path = f"/systems/{of.house.system.slug}/kpis/{of.house.series.pk}/"
    late(of.house.series)

    then = text_of(page(client, of.house.compliance, path, AT + HOUR))
    now = text_of(signed_in(client, of.house.compliance).get(path))

    assert "The last 5 readings" in now
    assert "The last 4 readings" in then


def late(series):
    """A reading of ten days ago that arrives an hour before LATER."""
    Measurement.objects.create(
        series_id=series.pk,
        window_end=AT - 10 * 24 * HOUR,
        revision=0,
        value=0.456,
        n=500,
        good=True,
        received_at=LATER - HOUR,
        batch_id="00000000-0000-4000-8000-000000000002",
    )


def test_the_list_shows_the_states_of_that_instant(client, of, incident):
    response = page(client, of.house.compliance, "/incidents/", AT + HOUR)

    assert "1 of 5, Owner" in text_of(response)
    assert f'href="/incidents/{incident.number}/?as_of=' in response.content.decode()


def test_csv_of_an_instant_says_so_in_its_name_and_on_record(client, of, incident):
    response = page(client, of.house.compliance, f"{case_file(incident)}record.csv", AT)

    assert "-record-as-of-2026-11-16T090000Z.csv" in response["Content-Disposition"]
    assert "findings" not in response.content.decode()


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ("2026-11-16T08:59:59Z", 404, "was opened on 16 November 2026, 10:00"),
        ("2026-11-19", 400, "has not come yet"),
        ("soon", 400, "is no instant. Write it like"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(client, of, incident, asked, status, words):
    response = page(client, of.house.compliance, case_file(incident), asked, status=status)

    assert words in text_of(response)


def test_a_system_before_its_registration_is_refused_with_when_it_began(client, of):
    path = f"/systems/{of.house.system.slug}/"

    response = page(client, of.house.owner, path, LONG_AGO - HOUR, status=404)

    assert "Claims approval was registered on 16 November 2025" in text_of(response)


def test_who_may_read_is_decided_now_not_then(client, of, incident):
    newcomer, leaver = of.house.stranger, of.house.engineer
    cases.grant(newcomer, "auditor", unit=of.house.unit, from_at=LATER - HOUR)
    role = RoleAssignment.objects.get(user=leaver)
    role.until_at = LATER - HOUR
    with acting_as(SETUP):
        role.save(at=LATER - HOUR)

    assert page(client, newcomer, case_file(incident), AT + HOUR)
    assert page(client, leaver, case_file(incident), AT + HOUR, status=404)


def test_the_api_says_at_which_instant_it_answers(client, of, incident):
    path = f"/api/v1/incidents/{incident.number}/"

    then = page(client, of.house.compliance, path, AT + HOUR).json()
    now = signed_in(client, of.house.compliance).get(path).json()

    assert (then["as_of"], now["as_of"]) == (text(AT + HOUR), None)
    assert (then["state"], now["state"]) == ("INVESTIGATING", "VALIDATION")
    assert (then["findings"], then["commands"], then["who_may_act"]) == ([], [], [])


@pytest.mark.parametrize("path", ["systems/", "incidents/", "thresholds/", "motions/"])
def test_lists_of_the_api_take_an_instant(client, of, incident, path):
    told = page(client, of.house.compliance, f"/api/v1/{path}", AT + HOUR).json()

    assert told["as_of"] == text(AT + HOUR)


def test_the_api_tells_which_version_ran_at_an_instant(client, of):
    live = of.house.system.deployments.get()
    live.until_at, live.ended_reason = AT + HOUR, "rolled back"
    with acting_as(SETUP):
        live.save(at=AT + HOUR)
    path = f"/api/v1/systems/{of.house.system.slug}/"

    before = page(client, of.house.owner, path, AT).json()
    after = page(client, of.house.owner, path, AT + HOUR).json()

    assert [one["version"] for one in before["live"]] == ["2.3"]
    assert before["deployments"][0]["until_at"] is None
    assert after["live"] == []


def test_the_api_refuses_what_has_not_come(client, of, incident):
    path = f"/api/v1/incidents/{incident.number}/"

    told = page(client, of.house.compliance, path, LATER + HOUR, status=400).json()

    assert told["code"] == "as_of_to_come"
    assert "as_of" in told["fields"]
    assert Incident.objects.count() == 1
