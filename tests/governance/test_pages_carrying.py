"""Pages and API of carrying out: programmes, probes, and an executor's report (INC-8, INC-13)."""

import json
import uuid

import pytest

from incidents.models import ProbeEndpoint, ProgrammeBatch, RemediationProgramme
from incidents.rules.transitions import DECISION
from tests.governance.pages import AT, command, seen, signed_in, text_of
from tests.incidents import factory as cases
from tests.incidents.factory import EVALUATOR, PASSWORD, bring, do, fresh, order
from tests.incidents.test_programmes import BATCH, STATED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
LOCAL = "2026-11-01T00:00"


@pytest.fixture
def house():
    return cases.house()


def ordered(of, *, type="compensate"):
    incident = bring(of, DECISION, at=AT)
    do(incident, "adopt", EVALUATOR, at=AT, actions=[order(incident, type=type, at=AT)])
    return incident, incident.actions.get()


def page_of(action):
    return f"/programmes/{action.pk}/"


def api_of(action):
    return f"/api/v1/programmes/{action.pk}"


def put(client, path, body, *, version=None):
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return client.put(path, json.dumps(body), content_type="application/json", headers=headers)


def post(client, path, body):
    return client.post(path, json.dumps(body), content_type="application/json")


def test_a_page_without_a_programme_teaches_what_one_is(client, house):
    _, action = ordered(house)

    page = seen(client, page_of(action), house.engineer)

    assert "Nothing is stated yet" in page
    assert "State the programme" in page


def test_the_executor_states_it_and_records_a_batch_on_the_page(client, house):
    _, action = ordered(house)
    browser = signed_in(client, house.engineer)
    dates = {"affected_from": LOCAL, "affected_until": "2026-11-14T00:00"}

    stated = browser.post(page_of(action), {"act": "state", **STATED, **dates})
    batch = browser.post(page_of(action), {"act": "batch", **BATCH})

    assert (stated.status_code, batch.status_code) == (302, 302)
    page = text_of(browser.get(page_of(action)))
    assert "92 of 100, 90 % are needed" in page
    assert ProgrammeBatch.objects.get().settled == 92


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_lost(client, house):
    _, action = ordered(house)
    browser = signed_in(client, house.engineer)

    answer = browser.post(
        page_of(action), {"act": "state", **STATED, "affected_from": LOCAL, "currency": "EURO"}
    )

    assert answer.status_code == 400
    page = text_of(answer)
    assert "at most 3 characters" in page
    assert "warehouse, table remediation.claims_2026_11" in answer.content.decode()
    assert not RemediationProgramme.objects.exists()


def test_two_sides_sign_on_the_page_and_it_is_done(client, house):
    _, action = ordered(house)
    browser = signed_in(client, house.engineer)
    browser.post(page_of(action), {"act": "state", **STATED, "affected_from": LOCAL,
                                   "affected_until": ""})  # fmt: skip
    browser.post(page_of(action), {"act": "batch", **BATCH})
    fields = {"act": "sign", "rest": "8 are not to be found.", "password": PASSWORD}

    first = signed_in(client, house.executive).post(page_of(action), fields)
    second = signed_in(client, house.verifier).post(page_of(action), fields)

    assert (first.status_code, second.status_code) == (302, 302)
    action.refresh_from_db()
    assert action.state == "confirmed"


def test_a_wrong_password_signs_nothing(client, house):
    _, action = ordered(house)
    browser = signed_in(client, house.engineer)
    browser.post(page_of(action), {"act": "state", **STATED, "affected_from": LOCAL})
    browser.post(page_of(action), {"act": "batch", **BATCH})

    answer = signed_in(client, house.executive).post(
        page_of(action), {"act": "sign", "rest": "8 left.", "password": "another one"}
    )

    assert answer.status_code == 400
    assert not RemediationProgramme.objects.get().reconciliations.exists()


def test_a_stranger_finds_no_programme(client, house):
    _, action = ordered(house)

    assert signed_in(client, house.stranger).get(page_of(action)).status_code == 404


def test_the_incident_page_shows_the_figures_of_its_programme(client, house):
    incident, action = ordered(house)
    browser = signed_in(client, house.engineer)
    browser.post(page_of(action), {"act": "state", **STATED, "affected_from": LOCAL})
    browser.post(page_of(action), {"act": "batch", **BATCH})

    page = seen(client, f"/incidents/{incident.number}/", house.compliance)

    assert "96 contacted, 92 settled of 100" in page


def test_the_api_does_what_the_page_does(client, house):
    _, action = ordered(house)
    browser = signed_in(client, house.engineer)

    before = browser.get(api_of(action))
    stated = put(browser, api_of(action), STATED)
    batch = post(browser, f"{api_of(action)}/batches", BATCH)
    signed = post(
        signed_in(client, house.executive),
        f"{api_of(action)}/signatures",
        {"side": "finance", "rest": "8 left.", "password": PASSWORD},
    )

    assert before.status_code == 404
    assert (stated.status_code, batch.status_code, signed.status_code) == (200, 201, 200)
    assert signed.json()["figures"]["contacted"] == 96
    assert signed.json()["waits_for"] == ["compliance"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"population": "many"},
        {"harm": "nul \x00"},
        {**STATED, "population": 10**12},
        {**STATED, "approved_amount": 10**30},
        {**STATED, "approved_amount": [1]},
        {**STATED, "harm": "x" * 30_000},
        {**STATED, "affected_from": "yesterday"},
    ],
)
def test_bad_input_is_refused_and_never_an_error_of_ours(client, house, body):
    _, action = ordered(house)

    answer = put(signed_in(client, house.engineer), api_of(action), body)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body", [{}, {"side": "marketing"}, {"side": ["finance"]}, {"side": "finance", "rest": "\x00"}]
)
def test_a_signature_for_no_side_is_refused(client, house, body):
    _, action = ordered(house)
    put(signed_in(client, house.engineer), api_of(action), STATED)
    browser = signed_in(client, house.executive)

    answer = post(browser, f"{api_of(action)}/signatures", {**body, "password": PASSWORD})

    assert 400 <= answer.status_code < 500


def test_an_executor_reports_on_the_page_that_it_cannot_be_carried_out(client, house):
    incident, action = ordered(house, type="rollback")
    browser = signed_in(client, house.engineer)

    page = text_of(browser.get(f"/incidents/{incident.number}/cannot_execute/"))
    answer = command(
        browser,
        fresh(incident),
        "cannot_execute",
        action_id=str(action.pk),
        reason="The image is gone.",
    )

    assert "It cannot be carried out" in page
    assert answer.status_code == 302
    assert fresh(incident).state == DECISION


def test_whoever_carries_nothing_out_gets_no_such_form(client, house):
    incident, _ = ordered(house, type="rollback")
    browser = signed_in(client, house.compliance)

    assert browser.get(f"/incidents/{incident.number}/cannot_execute/").status_code == 403


def probe_page(of):
    return f"/systems/{of.system.slug}/probe/"


def test_a_probe_is_set_on_its_page_and_its_token_never_shown(client, house):
    browser = signed_in(client, house.engineer)
    empty = text_of(browser.get(probe_page(house)))
    fields = {
        "environment": "production",
        "url": "https://system.example/state",
        "every_seconds": "60",
        "token": "top-secret-token",
        "active": "on",
    }

    answer = browser.post(probe_page(house), fields)

    page = text_of(browser.get(probe_page(house)))
    assert "Nobody asks the system itself" in empty
    assert answer.status_code == 302
    assert "with a token" in page
    assert "top-secret-token" not in page
    assert ProbeEndpoint.objects.get().token == "top-secret-token"


def test_a_reader_without_the_right_is_told_who_may_set_a_probe(client, house):
    page = seen(client, probe_page(house), house.auditor)

    assert "Who may set it" in page


def test_the_api_sets_a_probe_on_the_version_that_was_seen(client, house):
    browser, path = signed_in(client, house.engineer), f"/api/v1/systems/{house.system.slug}/probes"
    body = {"url": "https://system.example/state"}

    made = put(browser, path, body)
    stale = put(browser, path, body)
    changed = put(browser, path, body | {"every_seconds": 30}, version=1)

    assert (made.status_code, stale.status_code, changed.status_code) == (200, 409, 200)
    assert browser.get(path).json()[0]["every_seconds"] == 30
    assert "token" not in browser.get(path).json()[0]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"url": "https://x\x00.example"},
        {"url": "https://system.example", "every_seconds": 10**12},
        {"url": "https://system.example", "token": "\x00"},
        {"url": "x" * 600},
        {"url": "https://system.example", "environment": "\x00"},
    ],
)
def test_a_bad_probe_is_refused_and_never_an_error_of_ours(client, house, body):
    path = f"/api/v1/systems/{house.system.slug}/probes"

    assert put(signed_in(client, house.engineer), path, body).status_code == 400


def test_an_unknown_programme_is_missing(client, house):
    path = f"/api/v1/programmes/{uuid.uuid4()}"

    assert signed_in(client, house.engineer).get(path).status_code == 404
