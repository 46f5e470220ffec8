"""Accepted risks over the API: the register, one in full, proposals that accept nothing (F28)."""

import datetime as dt

import pytest

from incidents.models import AcceptanceProposal, RiskAcceptance
from incidents.rules.transitions import DECISION, RISK_ACCEPTED
from incidents.services.acceptances import note_ended
from outbox import clock
from tests.incidents import factory
from tests.incidents.factory import EVALUATOR, bring, do, fresh, terms
from tests.incidents.test_api_gateway import session, token

DAY = dt.timedelta(days=1)


@pytest.fixture
def accepted(house):
    return bring(house, RISK_ACCEPTED, at=clock.now())


def the(incident):
    return RiskAcceptance.objects.get(incident=incident)


def listed(client, **asked):
    answer = client.get("/api/v1/acceptances/", asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_nobody_reads_the_register_without_signing_in(client, accepted):
    assert client.get("/api/v1/acceptances/").status_code == 401


def test_the_register_holds_what_the_caller_may_see_with_its_validity(house, accepted):
    bring(factory.house(), RISK_ACCEPTED, at=clock.now())

    (row,) = listed(session(house.compliance))["results"]

    assert (row["number"], row["incident"]) == (the(accepted).number, accepted.number)
    assert (row["valid"], row["ground"], row["state"]) == (True, "", "active")
    assert row["scope"]["versions"] == ["2.2", "2.3"]


def test_after_its_instant_it_is_invalid_although_it_is_recorded_as_active(house, accepted):
    clock.shift(21 * DAY)

    row = session(house.compliance).get(f"/api/v1/acceptances/{the(accepted).number}/").json()

    clock.shift(dt.timedelta(0))
    assert (row["valid"], row["ground"], row["state"]) == (False, "expired", "active")
    assert row["invalid_since"] == row["until_at"]


def test_pages_go_by_the_next_end_and_their_cursors_go_on(house):
    made = [bring(house, RISK_ACCEPTED, at=clock.now()) for _ in range(3)]
    client = session(house.auditor)

    first = listed(client, view="running", limit=2)
    second = listed(client, view="running", limit=2, cursor=first["next"])

    seen = [row["number"] for row in first["results"] + second["results"]]
    assert seen == [the(incident).number for incident in made]
    assert second["next"] is None


def test_a_view_holds_only_what_is_over(house, accepted):
    client = session(house.compliance)
    assert listed(client, view="over")["results"] == []

    note_ended(clock.now() + 21 * DAY)

    assert [row["state"] for row in listed(client, view="over")["results"]] == ["expired"]
    assert listed(client, view="running")["results"] == []


@pytest.mark.parametrize(
    "asked",
    [
        {"cursor": "x"},
        {"cursor": "\x00"},
        {"view": "forever"},
        {"limit": "0"},
        {"limit": "99999999999"},
        {"system": "a b"},
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_field(house, accepted, asked):
    answer = session(house.compliance).get("/api/v1/acceptances/", asked)

    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == set(asked)


def test_a_list_of_many_takes_as_many_queries_as_one_of_few(house, django_assert_max_num_queries):
    for _ in range(8):
        bring(house, RISK_ACCEPTED, at=clock.now())
    client = session(house.compliance)

    with django_assert_max_num_queries(13):
        assert len(listed(client)["results"]) == 8


def test_a_gateway_is_told_that_it_is_over_although_nothing_ran(house, accepted):
    path = f"/api/v1/systems/{house.system.slug}/state"

    before = token(house, "state:read").get(path).json()
    clock.shift(21 * DAY)
    after = token(house, "state:read").get(path).json()

    clock.shift(dt.timedelta(0))
    assert [one["valid"] for one in before["acceptances"]] == [True]
    assert [(one["valid"], one["state"]) for one in after["acceptances"]] == [(False, "expired")]


def proposed(client, incident, **changes):
    body = {"incident": incident.number, "terms": terms(incident, at=clock.now())} | changes
    return client.post("/api/v1/acceptance-proposals/", body, format="json")


def without_end(incident):
    said = terms(incident, at=clock.now())
    del said["until_at"]
    return said


def test_an_import_without_an_end_is_a_proposal_and_nothing_more(house):
    incident = bring(house, DECISION, at=clock.now())
    client = token(house, "acceptances:propose")

    answer = proposed(client, incident, terms=without_end(incident), reference="RISK-7")

    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["state"], told["missing"]["until_at"]) == ("proposed", "This is required.")
    assert not RiskAcceptance.objects.exists()
    assert fresh(incident).state == DECISION


def test_an_import_that_is_complete_activates_nothing_either(house):
    incident = bring(house, DECISION, at=clock.now())

    answer = proposed(token(house, "acceptances:propose"), incident)

    assert (answer.status_code, answer.json()["missing"]) == (201, {})
    assert not RiskAcceptance.objects.exists()


def test_the_same_reference_again_returns_the_first_proposal(house):
    incident = bring(house, DECISION, at=clock.now())
    client = token(house, "acceptances:propose")

    first = proposed(client, incident, reference="RISK-7").json()
    again = proposed(client, incident, reference="RISK-7").json()

    assert first["number"] == again["number"]
    assert AcceptanceProposal.objects.count() == 1


def test_a_token_needs_its_scope_and_speaks_for_itself_alone(house):
    incident = bring(house, DECISION, at=clock.now())

    refused = proposed(token(house, "read"), incident)
    taken = proposed(token(house, "acceptances:propose"), incident, source="the board")

    assert refused.status_code == 403
    assert taken.json()["source"] == "token gateway"


def test_a_token_of_another_system_does_not_find_the_incident(house):
    incident = bring(house, DECISION, at=clock.now())

    answer = proposed(token(factory.house(), "acceptances:propose"), incident)

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"residual_risk": "\x00"}, "residual_risk"),
        ({"versions": "2.3"}, "versions"),
        ({"versions": [{}]}, "versions"),
        ({"versions": ["\x00"]}, "versions"),
        ({"until_at": "2026-12-01"}, "until_at"),
        ({"until_at": {}}, "until_at"),
        ({"owner_id": 7}, "owner_id"),
        ({"limit_value": "x" * 500}, "limit_value"),
        ({"active": True}, "active"),
    ],
)
def test_what_is_wrong_in_an_import_is_refused_by_its_field(house, wrong, field):
    incident = bring(house, DECISION, at=clock.now())
    said = terms(incident, at=clock.now()) | wrong

    answer = proposed(token(house, "acceptances:propose"), incident, terms=said)

    assert answer.status_code == 400, answer.content
    assert field in answer.json()["fields"]


@pytest.mark.parametrize("terms", [None, [], "x", 7])
def test_terms_that_are_no_object_are_refused(house, terms):
    incident = bring(house, DECISION, at=clock.now())

    answer = proposed(token(house, "acceptances:propose"), incident, terms=terms)

    assert answer.status_code == 400


def test_a_proposal_is_rejected_with_a_reason_by_somebody_else_of_the_second_line(house):
    incident = bring(house, DECISION, at=clock.now())
    number = proposed(session(house.owner), incident).json()["number"]
    path = f"/api/v1/acceptance-proposals/{number}/rejection"

    by_owner = session(house.owner).post(path, {"reason": "No."})
    without = session(house.compliance).post(path, {"reason": " "})
    done = session(house.compliance).post(path, {"reason": "Repair it instead."})
    again = session(house.compliance).post(path, {"reason": "Again."})

    assert [one.status_code for one in (by_owner, without, done, again)] == [403, 400, 200, 409]
    assert done.json()["state"] == "rejected"


def test_the_decision_settles_what_was_proposed(house):
    incident = bring(house, DECISION, at=clock.now())
    taken = proposed(session(house.owner), incident).json()["number"]
    other = proposed(session(house.compliance), incident).json()["number"]

    said = terms(incident, at=clock.now(), proposal=taken)
    do(incident, "accept_risk", EVALUATOR, at=clock.now(), acceptance=said)

    states = dict(AcceptanceProposal.objects.values_list("number", "state"))
    assert states == {taken: "approved", other: "rejected"}


def test_a_stranger_proposes_nothing(house):
    incident = bring(house, DECISION, at=clock.now())

    assert proposed(session(house.stranger), incident).status_code == 404
    assert proposed(session(house.engineer), incident).status_code == 403
