"""The doors of the registry: anonymous, wrong unit, wrong role, right role."""

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from ledger.models import Entry
from outbox import clock
from registry.models import System, SystemVersion
from tests.registry.factories import (
    role,
    sign_in,
    system,
    system_in,
    unit,
    user,
    version,
)

pytestmark = pytest.mark.django_db
LIST = "/api/v1/systems/"


@pytest.fixture
def client():
    return Client(enforce_csrf_checks=False)


def officer_of(thing, name="compliance"):
    person = user()
    role(person, name, unit=thing.unit)
    return person


def post(client, thing, path, body, *, etag=None):
    headers = {} if etag is None else {"If-Match": f'"{etag}"'}
    return client.post(
        f"{LIST}{thing.slug}/{path}", body, content_type="application/json", headers=headers
    )


def slugs(answer):
    return [row["slug"] for row in answer.json()["results"]]


EVERY_DOOR = [
    ("get", "/api/v1/me"),
    ("get", LIST),
    ("post", LIST),
    ("get", LIST + "{slug}/"),
    ("post", LIST + "{slug}/classification"),
    ("post", LIST + "{slug}/lifecycle"),
    ("post", LIST + "{slug}/versions"),
    ("post", LIST + "{slug}/versions/1.0/approve"),
    ("post", LIST + "{slug}/deployments"),
]
OF_ONE_SYSTEM = [
    ("lifecycle", {"edge": "assess", "reason": "x"}),
    ("classification", {"legal_class": "minimal", "risk_tier": "low", "reason": "x"}),
    ("versions", {"label": "9", "digest": "sha256:9"}),
    ("versions/1.0/approve", {"digest": "sha256:9"}),
    ("deployments", {"version": "1.0", "reason": "x"}),
]


@pytest.mark.parametrize(("method", "path"), EVERY_DOOR)
def test_nobody_enters_without_signing_in(client, method, path):
    answer = getattr(client, method)(path.format(slug=system().slug))

    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_session_without_its_csrf_token_changes_nothing():
    thing = system()
    strict = sign_in(Client(enforce_csrf_checks=True), thing.owner)

    answer = post(strict, thing, "lifecycle", {"edge": "assess", "reason": "x"}, etag=0)

    assert answer.status_code == 403
    assert System.objects.get(pk=thing.pk).lifecycle == "proposed"


def test_a_stranger_from_another_unit_is_told_that_there_is_none(client):
    thing = system(of=unit())
    stranger = user()
    role(stranger, "compliance", unit=unit())

    answer = sign_in(client, stranger).get(f"{LIST}{thing.slug}/")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_system")
    assert thing.name not in answer.content.decode()


@pytest.mark.parametrize(("path", "body"), OF_ONE_SYSTEM)
def test_a_stranger_changes_nothing_and_learns_nothing(client, path, body):
    thing = system(of=unit())
    version(thing, label="1.0")

    answer = post(sign_in(client, user()), thing, path, body, etag=0)
    nowhere = client.post(
        f"{LIST}no-such-system/{path}", body, content_type="application/json",
        headers={"If-Match": '"0"'},
    )

    assert (answer.status_code, nowhere.status_code) == (404, 404)
    assert answer.json()["code"] == nowhere.json()["code"] == "unknown_system"


def test_a_system_is_shown_in_full_with_its_tag(client):
    thing = system_in("production", name="Claims approval")

    answer = sign_in(client, thing.owner).get(f"{LIST}{thing.slug}/")

    told = answer.json()
    assert answer.headers["ETag"] == f'"{thing.version}"'
    assert told["owner"]["name"] == thing.owner.name
    assert [row["environment"] for row in told["live"]] == ["production"]
    assert [step["edge"] for step in told["lifecycle_changes"]] == ["go_live", "approve", "assess"]
    assert told["versions"][0]["label"] == told["live"][0]["version"]


def test_the_list_holds_what_the_caller_may_see(client):
    somewhere = unit()
    mine = {system(of=somewhere).slug, system(of=somewhere).slug}
    system(of=unit())
    auditor = user()
    role(auditor, "auditor", unit=somewhere)

    answer = sign_in(client, auditor).get(LIST)

    assert set(slugs(answer)) == mine


@pytest.mark.parametrize(("query", "found"), [
    ("kind=agent", ["paying-agent"]),
    ("kind=agent&kind=assistant", ["paying-agent", "support-assistant"]),
    ("risk_tier=high", ["paying-agent"]),
    ("legal_class=undecided", ["support-assistant"]),
    ("lifecycle=production", []),
    ("q=PAYING", ["paying-agent"]),
    ("q=paying assistant", []),
    ("ordering=-name", ["paying-agent", "support-assistant"]),
])
def test_the_list_is_filtered_searched_and_sorted(client, query, found):
    somewhere = unit()
    system(of=somewhere, slug="paying-agent", name="Zahlagent", kind="agent", risk_tier="high")
    system(
        of=somewhere, slug="support-assistant", name="Helper", kind="assistant",
        legal_class="undecided",
    )
    auditor = user()
    role(auditor, "auditor", unit=somewhere)

    answer = sign_in(client, auditor).get(f"{LIST}?{query}")

    assert slugs(answer) == found


def test_a_filter_with_nonsense_is_refused_by_name(client):
    answer = sign_in(client, user()).get(f"{LIST}?kind=toaster")

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["kind"])


def test_the_pages_of_the_list_hold_every_system_once(client):
    somewhere = unit()
    made = sorted(system(of=somewhere).slug for _ in range(5))
    auditor = user()
    role(auditor, "auditor", unit=somewhere)
    sign_in(client, auditor)

    seen, address = [], f"{LIST}?limit=2"
    while address:
        answer = client.get(address)
        seen += slugs(answer)
        address = answer.json()["next"]

    assert seen == made


def test_the_list_costs_the_same_queries_for_few_and_many(client, django_assert_num_queries):
    somewhere = unit()
    for _ in range(3):
        system_in("production", of=unit(parent=somewhere))
    auditor = user()
    role(auditor, "auditor", unit=somewhere)
    sign_in(client, auditor)

    with django_assert_num_queries(7):  # session, user, clock, delegations, units, systems, live
        assert len(slugs(client.get(LIST))) == 3
    for _ in range(4):
        system_in("production", of=unit(parent=somewhere))
    with django_assert_num_queries(7):
        assert len(slugs(client.get(LIST))) == 7


def registration(somewhere, **changes):
    body = {
        "slug": "claims-approval",
        "name": "Claims approval",
        "kind": "predictive",
        "unit": str(somewhere.pk),
        "owner": str(user().pk),
        "deputy": str(user().pk),
        "purpose": "Pays small claims.",
        "risk_tier": "medium",
    }
    return body | changes


def test_compliance_registers_a_system(client):
    somewhere = unit()
    officer = user()
    role(officer, "compliance", unit=somewhere)

    answer = sign_in(client, officer).post(
        LIST, registration(somewhere), content_type="application/json"
    )

    made = System.objects.get(slug="claims-approval")
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"0"')
    assert (made.lifecycle, made.legal_class) == ("proposed", "undecided")
    assert Entry.objects.filter(verb="system.registered", system_id=made.pk).count() == 1


def test_an_auditor_registers_nothing_and_the_attempt_is_on_record(client):
    somewhere = unit()
    auditor = user()
    role(auditor, "auditor", unit=somewhere)

    answer = sign_in(client, auditor).post(
        LIST, registration(somewhere), content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert answer.json()["who_can"]
    entry = Entry.objects.get(verb="request.refused")
    assert entry.actor_id == str(auditor.pk)
    assert not System.objects.exists()


def test_fields_that_are_not_offered_change_nothing(client):
    somewhere = unit()
    officer = user()
    role(officer, "compliance", unit=somewhere)

    sign_in(client, officer).post(
        LIST, registration(somewhere, lifecycle="production", version=7, simulated="x"),
        content_type="application/json",
    )

    made = System.objects.get(slug="claims-approval")
    assert (made.lifecycle, made.version, made.simulated) == ("proposed", 0, "")


@pytest.mark.parametrize(("changes", "status", "field"), [
    ({"slug": "Claims Approval"}, 400, "slug"),
    ({"kind": "toaster"}, 400, "kind"),
    ({"owner": "00000000-0000-0000-0000-000000000000"}, 400, "owner"),
    ({"unit": "nowhere"}, 400, "unit"),
    ({"legal_class": "high_risk"}, 400, "risk_tier"),
])
def test_a_registration_that_is_wrong_names_its_field(client, changes, status, field):
    somewhere = unit()
    officer = user()
    role(officer, "compliance", unit=somewhere)

    answer = sign_in(client, officer).post(
        LIST, registration(somewhere, **changes), content_type="application/json"
    )

    assert answer.status_code == status
    assert field in answer.json()["fields"]


def test_one_slug_is_used_once(client):
    taken = system()
    officer = officer_of(taken)

    answer = sign_in(client, officer).post(
        LIST, registration(taken.unit, slug=taken.slug), content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "slug_in_use")


def test_owner_and_deputy_are_two_people(client):
    somewhere = unit()
    officer = user()
    role(officer, "compliance", unit=somewhere)
    one = str(user().pk)

    answer = sign_in(client, officer).post(
        LIST, registration(somewhere, owner=one, deputy=one), content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "deputy_is_owner")


@pytest.mark.parametrize("body", ["{", "[]", '"x"', ""])
def test_a_body_that_is_no_object_is_a_problem_document(client, body):
    officer = officer_of(system())

    answer = sign_in(client, officer).post(LIST, body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_step_is_taken_from_the_version_that_was_seen(client):
    thing = system()
    sign_in(client, thing.owner)

    answer = post(client, thing, "lifecycle", {"edge": "assess", "reason": "done"}, etag=0)

    assert (answer.status_code, answer.json()["lifecycle"]) == (200, "assessed")
    assert answer.headers["ETag"] == '"1"'


def test_a_step_without_its_precondition_is_refused(client):
    thing = system()

    answer = post(
        sign_in(client, thing.owner), thing, "lifecycle", {"edge": "assess", "reason": "done"}
    )

    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")


def test_a_step_from_a_stale_page_is_told_the_present_state(client):
    thing = system_in("assessed")
    officer = officer_of(thing)

    answer = post(
        sign_in(client, officer), thing, "lifecycle", {"edge": "approve", "reason": "ok"}, etag=0
    )

    assert answer.status_code == 409
    assert answer.json()["present"] == {"lifecycle": "assessed", "version": 1}


def test_a_closed_gate_names_what_is_missing(client):
    thing = system_in("approved")
    officer = officer_of(thing)

    answer = post(
        sign_in(client, officer), thing, "lifecycle", {"edge": "go_live", "reason": "now"},
        etag=thing.version,
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "gate_closed")
    assert answer.json()["missing"][0]["words"] == "No version is live in production."


def test_the_owner_does_not_put_the_own_system_into_production(client):
    thing = system_in("pilot")

    answer = post(
        sign_in(client, thing.owner), thing, "lifecycle", {"edge": "go_live", "reason": "now"},
        etag=thing.version,
    )

    assert answer.status_code == 403
    assert answer.json()["detail"] == "You cannot put a system into production: you are its owner."


def test_a_class_is_written_down_by_compliance(client):
    thing = system(legal_class="undecided")
    officer = officer_of(thing)

    answer = post(
        sign_in(client, officer), thing, "classification",
        {"legal_class": "high_risk", "risk_tier": "high", "reason": "Annex III, point 5"}, etag=0,
    )

    assert answer.json()["legal_class"] == "high_risk"


def test_a_version_goes_from_draft_to_live_by_three_people(client):
    thing = system_in("approved")
    engineer = user()
    role(engineer, "engineer", system=thing)
    body = {"label": "2.3", "digest": "sha256:ab", "changelog": "New features."}

    drafted = post(sign_in(client, engineer), thing, "versions", body)
    approved = post(
        sign_in(client, thing.owner), thing, "versions/2.3/approve", {"digest": "sha256:ab"}
    )
    deployed = post(
        sign_in(client, thing.deputy), thing, "deployments",
        {"version": "2.3", "reason": "release"}, etag=thing.version,
    )

    assert drafted.json()["state"] == "draft"
    assert approved.json()["approved_by"]["name"] == thing.owner.name
    assert deployed.json()["live"][0]["version"] == "2.3"
    assert deployed.headers["ETag"] == f'"{thing.version + 1}"'


def test_who_wrote_a_version_does_not_approve_it(client):
    thing = system()
    post(sign_in(client, thing.owner), thing, "versions", {"label": "1", "digest": "sha256:1"})

    answer = post(client, thing, "versions/1/approve", {"digest": "sha256:1"})

    assert answer.status_code == 403
    assert answer.json()["detail"] == "You cannot approve version 1: you wrote it."
    assert answer.json()["who_can"] == [thing.deputy.name]
    assert SystemVersion.objects.get(system=thing).state == "draft"
    assert Entry.objects.filter(verb="request.refused").exists()


def test_a_deployment_from_a_stale_page_is_refused(client):
    thing = system_in("approved")
    made = version(thing)

    answer = post(
        sign_in(client, thing.owner), thing, "deployments",
        {"version": made.label, "reason": "release"}, etag=0,
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "stale_version")


@pytest.mark.parametrize("field", ["version", "fallback"])
def test_a_label_that_is_not_there_is_missing(client, field):
    thing = system_in("approved")
    body = {"version": version(thing).label, "reason": "release", field: "nowhere"}

    answer = post(
        sign_in(client, thing.owner), thing, "deployments", body, etag=thing.version
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_version")


def test_i_am_told_who_i_am_and_what_i_hold(client):
    somewhere = unit(name="Claims")
    officer = user(name="Lena Brandt", of=somewhere)
    role(officer, "compliance", unit=somewhere)

    told = sign_in(client, officer).get("/api/v1/me").json()

    assert (told["name"], told["kind"]) == ("Lena Brandt", "person")
    assert told["roles"] == [{"role": "compliance", "unit": "Claims", "system": None}]
    assert told["scopes"] == []


def test_the_instants_of_the_api_are_the_databases(client):
    thing = system()
    before = clock.now()

    post(
        sign_in(client, thing.owner), thing, "lifecycle", {"edge": "assess", "reason": "x"}, etag=0
    )

    assert before <= thing.lifecycle_changes.get().at <= clock.now()


def test_every_endpoint_is_documented_with_its_own_name(tmp_path):
    file = tmp_path / "schema.yaml"

    call_command("spectacular", file=str(file))

    paths = yaml.safe_load(file.read_text())["paths"]
    named = [told["operationId"] for path in paths.values() for told in path.values()]
    ours = {name for name in named if name.startswith(("systems_", "versions_", "deployments_"))}
    assert len(named) == len(set(named))
    assert ours >= {
        "systems_list", "systems_register", "systems_read", "systems_classify", "systems_step",
        "versions_register", "versions_approve", "deployments_make_live",
    }
