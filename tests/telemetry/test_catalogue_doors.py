"""The catalogue over pages and API: who sees what, own KPIs by form, hostile input; KPI-1."""

import datetime as dt
import json
import re

import pytest

from outbox import clock
from telemetry.models import Kpi, KpiDefinition
from tests.registry.factories import AT, role, sign_in, system, token, unit, user
from tests.telemetry.factory import catalogue

pytestmark = pytest.mark.django_db
BODY = {
    "id": "own_accepted_offers",
    "name": "Accepted offers",
    "category": "sales",
    "unit": "ratio",
    "better": "higher",
    "formula": "offers accepted / offers made",
    "window": "weekly",
    "timing": "lagging",
    "cadence_seconds": 604_800,
    "perspective": "adoption",
    "explanation": "How many of our offers were taken.",
    "counter_metric": "complaint_rate",
    "lowest": 0,
    "highest": 1,
    "reason": "we steer by it",
}
TYPED = BODY | {
    "owner_role": "owner",
    "mode": "absolute",
    "warning": "0.5",
    "critical": "0.4",
    "fires": "2:3",
    "least_n": "50",
}


@pytest.fixture(autouse=True)
def _standing_clock():
    clock.shift(dt.timedelta(0))
    clock.shift(AT + dt.timedelta(hours=1) - clock.now())
    yield
    clock.shift(dt.timedelta(0))


@pytest.fixture
def place():
    catalogue()
    found = unit()
    people = user(of=found), user(of=found)
    for person in people:
        role(person, "compliance", unit=found)
    return found, *people


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def send(client, path, body, method="post"):
    return getattr(client, method)(path, json.dumps(body), content_type="application/json")


def drafted(client, place, **changes):
    body = BODY | {"of_unit": str(place[0].pk)} | changes
    return send(sign_in(client, place[1]), "/api/v1/kpis/", body)


def approved(client, place):
    draft = drafted(client, place).json()["id"]
    return send(sign_in(client, place[2]), f"/api/v1/kpi-drafts/{draft}/approve", {})


def test_the_list_shows_a_page_and_the_rest_behind_it(client, place):
    first = sign_in(client, place[1]).get("/kpis/")
    further = re.search(r'href="(\?after=[^"]+)"', first.content.decode())[1]

    second = client.get(f"/kpis/{further}")

    assert "Accuracy" in text_of(first)
    assert "Accuracy" not in re.findall(r">(Accuracy)<", second.content.decode())


@pytest.mark.parametrize(
    ("query", "held", "missing"),
    [
        ("q=kill-switch", "time_to_stop", "roc_auc"),
        ("category=sales&perspective=adoption", "win_rate", "sales_cycle_length"),
        ("category=nothing&after=nothing", "accuracy", "zzz"),
        ("q=%00", "accuracy", "zzz"),
    ],
)
def test_the_list_is_filtered(client, place, query, held, missing):
    text = text_of(sign_in(client, place[1]).get(f"/kpis/?{query}"))

    assert held in text
    assert missing not in text


def test_a_list_without_a_match_says_what_to_do(client, place):
    assert "No KPI fits" in text_of(sign_in(client, place[1]).get("/kpis/?q=qqqq"))


def test_a_definition_teaches_what_it_is(client, place):
    text = text_of(sign_in(client, place[1]).get("/kpis/hallucination_rate/"))

    assert "something that nothing supports" in text
    assert "Refusal rate" in text
    assert "warning ≥ 2 %; critical ≥ 4 % (one window)" in text
    assert "near end of the 95 % interval" in text
    assert "Generative model or assistant" in text


def test_an_unknown_kpi_is_not_found(client, place):
    assert sign_in(client, place[1]).get("/kpis/unheard/").status_code == 404
    assert client.get("/api/v1/kpis/unheard/").status_code == 404


def test_an_own_kpi_is_drafted_by_form_and_approved_by_another(client, place):
    answer = sign_in(client, place[1]).post("/kpis/new/", TYPED | {"of_unit": str(place[0].pk)})
    draft = KpiDefinition.objects.get()
    author_sees = text_of(client.get(answer["Location"]))
    approver = sign_in(client, place[2])
    sees = text_of(approver.get("/kpis/"))

    done = approver.post(answer["Location"], {"act": "approve", "note": "agreed"})

    kpi = Kpi.objects.get(pk=BODY["id"])
    assert "Withdraw the draft" in author_sees
    assert "Approve the KPI" not in author_sees
    assert "Wait for a second person" in sees
    assert done["Location"] == f"/kpis/{kpi.pk}/"
    assert (kpi.bands[0]["warning"], kpi.bands[0]["direction"]) == (0.5, "below")
    assert (draft.author_id, kpi.approved_by_id) == (place[1].pk, place[2].pk)
    assert "our own" in text_of(approver.get(done["Location"]))


def test_the_next_definition_begins_from_the_one_in_force(client, place):
    approved(client, place)
    page = sign_in(client, place[1]).get(f"/kpis/{BODY['id']}/change/")

    answer = client.post(f"/kpis/{BODY['id']}/change/", TYPED | {"formula": "another"})

    assert BODY["formula"] in page.content.decode()
    assert answer.status_code == 302
    assert Kpi.objects.get(pk=BODY["id"]).formula == BODY["formula"]


def test_what_is_not_right_stands_beside_its_field(client, place):
    typed = TYPED | {"of_unit": str(place[0].pk), "critical": "0.9", "id": "accuracy"}

    answer = sign_in(client, place[1]).post("/kpis/new/", typed)

    assert answer.status_code == 400
    assert "Critical lies beyond warning." in text_of(answer)
    assert "Begin with own_" in text_of(answer)


def test_a_draft_is_declined_with_a_reason(client, place):
    draft = drafted(client, place).json()["id"]
    client = sign_in(client, place[2])

    silent = client.post(f"/kpis/drafts/{draft}/", {"act": "decline"})
    done = client.post(f"/kpis/drafts/{draft}/", {"act": "decline", "note": "too vague"})

    assert (silent.status_code, done.status_code) == (400, 302)
    assert "too vague" in text_of(client.get(f"/kpis/drafts/{draft}/"))


def test_who_may_not_define_is_told_who_can(client, place):
    answer = sign_in(client, user(of=place[0])).get("/kpis/new/")

    assert answer.status_code == 403
    assert "compliance officer" in text_of(answer)


def test_an_own_kpi_of_another_unit_is_not_seen(client, place):
    approved(client, place)
    stranger = sign_in(client, user(of=unit()))

    listed = stranger.get("/api/v1/kpis/?own=true").json()["results"]

    assert listed == []
    assert stranger.get(f"/kpis/{BODY['id']}/").status_code == 404
    assert stranger.get(f"/api/v1/kpis/{BODY['id']}/").status_code == 404


def test_the_api_gives_the_catalogue_in_pages(client, place):
    client = sign_in(client, place[1])

    first = client.get("/api/v1/kpis/?limit=2").json()
    risky = client.get("/api/v1/kpis/?perspective=risk&category=agentic").json()["results"]

    assert [one["id"] for one in first["results"]] == ["accuracy", "adoption_rate"]
    assert first["next"]
    assert {one["perspective"] for one in risky} == {"risk"}
    assert all(one["bands"] and one["explanation"] for one in risky)


def test_a_token_reads_the_kpis_of_its_systems_units(client, place):
    approved(client, place)
    _, mine = token(systems=[system(of=place[0])])
    _, other = token(systems=[system(of=unit())])
    path = f"/api/v1/kpis/{BODY['id']}/"

    near = client.get(path, headers={"Authorization": f"Token {mine}"})
    far = client.get(path, headers={"Authorization": f"Token {other}"})
    drafting = client.post("/api/v1/kpis/", {}, headers={"Authorization": f"Token {mine}"})

    assert (near.status_code, far.status_code, drafting.status_code) == (200, 404, 403)


def test_a_profile_proposes_a_threshold(client, place):
    client = sign_in(client, place[1])

    found = client.get("/api/v1/kpis/accuracy/proposal?profile=bank&baseline=0.9").json()
    advice = client.get("/api/v1/kpis/hallucination_rate/proposal?profile=bank&variant=advice")

    assert (found["proposed"]["warning"], found["proposed"]["fires_k"]) == (-0.02, 2)
    assert advice.json()["proposed"]["critical"] == 0.02


@pytest.mark.parametrize("query", ["profile=mine", "baseline=x", "baseline=nan", "baseline=1e999"])
def test_a_proposal_that_makes_no_sense_is_refused(client, place, query):
    path = f"/api/v1/kpis/accuracy/proposal?{query}"

    assert sign_in(client, place[1]).get(path).status_code == 400


def test_templates_are_given_by_kind(client, place):
    client = sign_in(client, place[1])

    agent = client.get("/api/v1/kpi-templates/?kind=agent").json()

    assert [one["position"] for one in agent] == [1, 2, 3, 4, 5]
    assert len(client.get("/api/v1/kpi-templates/").json()) == 20
    assert client.get("/api/v1/kpi-templates/?kind=toaster").status_code == 400


def test_the_api_keeps_every_definition(client, place):
    approved(client, place)
    path = f"/api/v1/kpis/{BODY['id']}/definitions"
    body = {name: value for name, value in BODY.items() if name != "id"} | {"formula": "another"}

    made = send(sign_in(client, place[1]), path, body)
    waiting = client.get("/api/v1/kpi-drafts/").json()
    listed = client.get(path).json()

    assert made.status_code == 201
    assert [one["number"] for one in waiting] == [2]
    assert [(one["number"], one["state"]) for one in listed] == [(2, "draft"), (1, "active")]


def test_a_shipped_kpi_is_not_redefined(client, place):
    client = sign_in(client, place[1])

    assert send(client, "/api/v1/kpis/accuracy/definitions", BODY).status_code == 404
    assert client.get("/kpis/accuracy/change/").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "accuracy"},
        {"id": "own_x\x00"},
        {"id": 5 * "own_long_name_"},
        {"of_unit": "no uuid"},
        {"name": "x" * 121},
        {"name": "\x00"},
        {"cadence_seconds": 10**30},
        {"lowest": "NaN"},
        {"highest": 1e400},
        {"counter_metric": "\x00"},
        {"counter_metric": None},
        {"bands": [{"profile": "example"}]},
        {"bands": [{"profile": {"deep": [[[]]]}}]},
        {"bands": "none"},
        {"bands": [[]]},
        {"bands": [BODY] * 100},
        {"better": ["higher"]},
    ],
)
def test_hostile_drafts_are_refused_in_words(client, place, changes):
    answer = drafted(client, place, **changes)

    assert answer.status_code == 400, answer.content
    assert not KpiDefinition.objects.exists()


def test_a_unit_that_is_not_there_is_refused(client, place):
    answer = drafted(client, place, of_unit="00000000-0000-4000-8000-000000000000")

    assert answer.status_code == 403


def test_what_is_no_draft_is_not_found(client, place):
    path = "/api/v1/kpi-drafts/00000000-0000-4000-8000-000000000000/approve"

    assert send(sign_in(client, place[1]), path, {}).status_code == 404
