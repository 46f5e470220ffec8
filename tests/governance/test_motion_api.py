"""The API of motions, watches, reports by hand and policies: doors, refusals, entity tags."""

import datetime as dt
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.renderers import JSONRenderer

from governance.models import Ballot, Decision, Policy, Watch
from governance.selectors.policies import shipped_profile
from incidents.api.shapes import IncidentRow
from incidents.models import Incident
from ledger.selectors.lines import lines_in_period
from outbox import clock
from outbox.services.sweeps import sweep
from registry.models import User
from registry.services import issue_token
from tests.governance.organisation import decided as decided_at
from tests.governance.organisation import organised, read, vote
from tests.incidents.factory import PASSWORD, gateway, person
from tests.registry.factories import call

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def now():
    """The database clock, an instant ago."""
    return clock.now() - MINUTE


@pytest.fixture
def of(now):
    """An organisation at medium tier whose policy makes nobody wait."""
    return organised(profile="demo")


@pytest.fixture
def incident(of, now):
    """An incident that waits for its decision."""
    return decided_at(of, at=now)


def door(user):
    """A client that is signed in."""
    client = Client()
    client.force_login(user)
    return client


def post(user, path, body=None, **headers):
    """Send JSON as a signed-in person."""
    return door(user).post(
        f"/api/v1/{path}", data=body or {}, content_type="application/json", headers=headers
    )


def get(user, path):
    """Read as a signed-in person."""
    return door(user).get(f"/api/v1/{path}")


def motion(of, **changes):
    """A motion to roll back."""
    body = {
        "title": "Roll back to 2.2",
        "reason": "Version 2.2 read the same forms well.",
        "actions": [
            {
                "type": "rollback",
                "words": "Claims approval is rolled back to 2.2.",
                "target_version": "2.2",
                "executor_id": str(of.house.engineer.pk),
            }
        ],
    }
    return body | changes


def proposed(of, incident):
    """A motion that was put over the API."""
    answer = post(of.house.owner, f"incidents/{incident.number}/motions", motion(of))
    assert answer.status_code == 201, answer.json()
    return answer.json()["number"]


def opened(of, incident):
    """A round that was opened over the API."""
    number = proposed(of, incident)
    answer = post(of.chair, f"motions/{number}/convene", {}, **{"If-Match": '"1"'})
    assert answer.status_code == 200, answer.json()
    return answer.json()


def ballot(round_, choice="for", **changes):
    """A ballot with its password."""
    body = {"vote": choice, "motion_sha256": round_["motion_sha256"], "password": PASSWORD}
    return body | changes


# ---------------------------------------------------------------- the way through
def test_a_motion_is_put_convened_voted_on_and_carried_out_over_http(of, incident):
    round_ = opened(of, incident)
    for member in of.members:
        answer = post(member, f"motions/{round_['number']}/ballots", ballot(round_))
        assert answer.status_code == 201, answer.json()

    sweep(at=clock.now() + MINUTE)

    read_back = get(of.chair, f"motions/{round_['number']}/").json()
    assert (read_back["state"], read_back["resolution"]["outcome"]) == ("adopted", "adopted")
    assert Incident.objects.get(pk=incident.pk).state == "EXECUTION"


def test_the_chair_counts_and_signs_the_result(of, incident):
    round_ = opened(of, incident)
    for member in of.members:
        post(member, f"motions/{round_['number']}/ballots", ballot(round_))

    answer = post(
        of.chair,
        f"motions/{round_['number']}/close",
        {"certify": True, "password": PASSWORD},
        **{"If-Match": f'"{round_["version"]}"'},
    )

    assert answer.json()["resolution"]["certified_by"]["name"] == of.chair.name


def test_the_answer_to_convening_says_who_sits_and_whether_it_is_feasible(of, incident):
    round_ = opened(of, incident)

    assert [seat["seated"]["name"] for seat in round_["seats"]] == [
        "Member 1",
        "Member 2",
        "Member 3",
    ]
    assert (round_["feasible"], round_["quorum"]) == (True, 2)


# ---------------------------------------------------------------- doors
@pytest.mark.parametrize(
    "path", ["motions/", "watches/", "policies/", "motions/2026-01/", "incidents/INC-1/escalations"]
)
def test_a_stranger_reads_nothing(path):
    answer = Client().get(f"/api/v1/{path}")

    assert answer.status_code == 401


def test_whoever_does_not_see_the_incident_does_not_see_its_motion(of, incident):
    number = proposed(of, incident)

    answer = get(of.house.stranger, f"motions/{number}/")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_motion")


def test_an_auditor_reads_and_is_refused_the_vote_with_the_reason(of, incident):
    round_ = opened(of, incident)

    answer = post(of.house.auditor, f"motions/{round_['number']}/ballots", ballot(round_))

    assert get(of.house.auditor, f"motions/{round_['number']}/").status_code == 200
    assert answer.status_code == 403
    assert "you have no seat in this round" in answer.json()["detail"]
    assert answer.json()["who_can"] == ["Member 1", "Member 2", "Member 3"]


def test_a_refused_vote_is_on_record(of, incident, now):
    round_ = opened(of, incident)

    post(of.house.owner, f"motions/{round_['number']}/ballots", ballot(round_))

    entries = lines_in_period(since=now, until=clock.now() + MINUTE)
    assert "You cannot vote on this: you submitted its findings." in [
        line.reason for line in entries if line.verb == "request.refused"
    ]


def test_a_token_cannot_sign_a_ballot(of, incident):
    round_ = opened(of, incident)
    plaintext = token(of)

    answer = Client().post(
        f"/api/v1/motions/{round_['number']}/ballots",
        data=ballot(round_),
        content_type="application/json",
        headers={"Authorization": f"Token {plaintext}"},
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "signature_needs_person")


def test_a_token_with_the_scope_reads_the_docket(of, incident):
    proposed(of, incident)

    answer = Client().get("/api/v1/motions/", headers={"Authorization": f"Token {token(of)}"})

    assert [row["incident"] for row in answer.json()["results"]] == [incident.number]


def test_a_wrong_password_signs_nothing(of, incident):
    round_ = opened(of, incident)

    answer = post(of.chair, f"motions/{round_['number']}/ballots", ballot(round_, password="wrong"))

    assert (answer.status_code, answer.json()["code"]) == (403, "password_wrong")
    assert not Ballot.objects.exists()


def test_a_ballot_without_a_password_is_refused_after_a_silent_session(of, incident):
    round_ = opened(of, incident)

    answer = post(of.chair, f"motions/{round_['number']}/ballots", ballot(round_, password=""))

    assert answer.json()["code"] == "reauthentication_needed"


def test_a_round_is_not_seen_by_a_member_of_nothing(of, incident):
    round_ = opened(of, incident)

    answer = get(person(unit=of.house.unit), f"motions/{round_['number']}/")

    assert answer.status_code == 404


# ---------------------------------------------------------------- versions and keys
def test_convening_without_if_match_is_refused(of, incident):
    number = proposed(of, incident)

    answer = post(of.chair, f"motions/{number}/convene")

    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")


def test_a_stale_version_is_told_with_the_present_one(of, incident):
    round_ = opened(of, incident)

    answer = post(
        of.chair, f"motions/{round_['number']}/withdraw", {"reason": "x"}, **{"If-Match": '"1"'}
    )

    assert (answer.status_code, answer.json()["present"]["version"]) == (409, round_["version"])


def test_a_ballot_under_the_same_key_is_cast_once(of, incident):
    round_ = opened(of, incident)

    answers = [
        post(
            of.chair,
            f"motions/{round_['number']}/ballots",
            ballot(round_),
            **{"Idempotency-Key": "one"},
        )
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert Ballot.objects.count() == 1


def test_a_second_final_ballot_is_refused(of, incident):
    round_ = opened(of, incident)
    path = f"motions/{round_['number']}/ballots"

    post(of.chair, path, ballot(round_, final=True))
    answer = post(of.chair, path, ballot(round_, "against", final=True))

    assert (answer.status_code, answer.json()["code"]) == (409, "final_ballot_cast")


def test_votes_are_hidden_in_the_answer_until_one_has_voted(of, incident, now):
    round_ = opened(of, incident)
    decision = Decision.objects.get(number=round_["number"])
    vote(decision, of.members[1], "against", at=clock.now())

    answer = get(of.chair, f"motions/{round_['number']}/").json()

    assert (answer["votes_shown"], answer["votes_in"]) == (False, 1)
    assert [seat["vote"] for seat in answer["seats"]] == ["", "", ""]


# ---------------------------------------------------------------- faults
def test_each_fault_of_a_motion_names_its_field(of, incident):
    body = motion(of, title="")

    answer = post(of.house.owner, f"incidents/{incident.number}/motions", body)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["title"])


def test_an_unknown_version_is_told(of, incident):
    body = motion(of)
    body["actions"][0]["target_version"] = "9.9"

    answer = post(of.house.owner, f"incidents/{incident.number}/motions", body)

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_version")


def test_the_docket_goes_on_after_its_cursor(of, incident):
    first = proposed(of, incident)
    post(of.house.owner, f"motions/{first}/withdraw", {"reason": "Typo."}, **{"If-Match": '"1"'})
    second = proposed(of, incident)

    answer = get(of.house.auditor, f"motions/?cursor={second}").json()

    assert [row["number"] for row in answer["results"]] == [first]


def test_a_member_recuses_over_http(of, incident):
    round_ = opened(of, incident)

    answer = post(
        of.members[1], f"motions/{round_['number']}/recusals", {"reason": "My brother works there."}
    )

    assert answer.json()["seats"][1]["seated"]["name"] == "Substitute 2"


def test_the_chair_seats_a_substitute_over_http(of, incident):
    round_ = opened(of, incident)

    answer = post(
        of.chair,
        f"motions/{round_['number']}/substitutes",
        {"seat_number": 3, "reason": "Ill."},
        **{"If-Match": f'"{round_["version"]}"'},
    )

    assert answer.json()["seats"][2]["state"] == "substituted"


def test_the_chair_sends_a_round_up_over_http(of, incident):
    round_ = opened(of, incident)

    answer = post(
        of.chair,
        f"motions/{round_['number']}/send-up",
        {"reason": "Two are ill."},
        **{"If-Match": f'"{round_["version"]}"'},
    )

    assert (answer.json()["level"], answer.json()["round"]) == ("executive", 2)


# ---------------------------------------------------------------- cases
def test_a_person_reports_an_incident_by_hand(of):
    answer = post(of.house.engineer, "incident-reports", report(of))

    incident = Incident.objects.get(number=answer.json()["number"])
    assert (answer.status_code, incident.kind) == (201, "reported")
    assert (incident.severity, incident.owner) == ("minor", of.house.owner)


def test_a_report_asks_little_and_is_answered_in_the_shape_of_the_list(of):
    client = door(of.house.engineer)
    address, kind = "/api/v1/incident-reports", "application/json"
    client.post(address, report(of), content_type=kind)
    with CaptureQueriesContext(connection) as asked:
        answer = client.post(address, report(of), content_type=kind)

    incident = Incident.objects.get(number=answer.json()["number"])
    assert answer.json() == json.loads(JSONRenderer().render(IncidentRow(incident).data))
    policies = [one for one in asked if 'FROM "governance_policy"' in one["sql"]]
    assert len(policies) == 1
    assert len(asked) <= 35, [query["sql"][:80] for query in asked]


def test_a_report_of_harm_is_severe_at_medium_tier(of):
    answer = post(of.house.engineer, "incident-reports", report(of, person_harmed="yes"))

    assert answer.json()["severity"] == "severe"


def test_who_cannot_see_the_system_reports_nothing_on_it(of):
    answer = post(of.house.stranger, "incident-reports", report(of))

    assert answer.status_code == 404


def test_a_report_of_the_future_names_its_field(of):
    answer = post(of.house.engineer, "incident-reports", report(of, seen_at="2999-01-01T00:00:00Z"))

    assert list(answer.json()["fields"]) == ["seen_at"]


def test_a_watch_is_listed_and_answered_over_http(of, now):
    read(of, to_state="WARNING", at=now)
    (row,) = get(of.house.owner, "watches/").json()

    answer = post(of.house.owner, f"watches/{row['id']}/answer", {"line": "Cleaned on Monday."})

    assert answer.json()["state"] == "answered"
    assert Watch.objects.get().answered_by == of.house.owner


def test_escalations_are_listed_and_taken_over_http(of, now):
    (incident,) = read(of, at=now)
    sweep(at=clock.now())
    (row,) = get(of.house.owner, f"incidents/{incident.number}/escalations").json()

    answer = post(
        of.house.owner,
        f"incidents/{incident.number}/escalations/acknowledge",
        {"rule": row["rule"], "step": row["step"]},
    )

    (row,) = get(of.house.owner, f"incidents/{incident.number}/escalations").json()
    assert answer.status_code == 204
    assert row["acknowledged_by"] == [of.house.owner.name]


def test_policies_are_listed_with_their_banners(of):
    (row,) = get(of.house.compliance, "policies/").json()

    assert (row["profile"], row["number"]) == ("demo", 1)
    assert "simple majority" in row["banners"][0]


def test_a_second_person_approves_a_policy_over_http(of):
    policy = Policy.objects.get(unit=of.house.unit)

    answer = post(of.house.risk, f"policies/{policy.pk}/approve")

    assert (answer.status_code, answer.json()["example"]) == (200, False)


def test_a_policy_is_drafted_over_http_with_every_problem_told(of):
    body = {"unit_id": str(of.house.unit.pk), "reason": "Faster.", "body": {"profile": "own"}}

    answer = post(of.house.compliance, "policies/", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "policy_unworkable")
    assert answer.json()["problems"] == ["the document: object missing required field `title`."]


def test_a_policy_that_works_becomes_a_draft(of):
    body = {
        "unit_id": str(of.house.unit.pk),
        "reason": "Larger now.",
        "body": shipped_profile("bank"),
    }

    answer = post(of.house.compliance, "policies/", body)

    assert (answer.status_code, answer.json()["state"]) == (201, "draft")


def report(of, **changes):
    """A report by hand."""
    body = {
        "system": of.house.system.slug,
        "title": "A claim of a dead person was approved",
        "seen": "The letter came back.",
    }
    return body | changes


def token(of):
    """The plaintext of a token that may read."""
    account = gateway()
    _, plaintext = call(
        issue_token,
        user=User.objects.get(pk=account.id),
        name="reader",
        scopes=["read"],
        systems=[of.house.system],
        expires_at=clock.now() + dt.timedelta(days=1),
    )
    return plaintext
