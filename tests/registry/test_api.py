"""The doors of the registry: anonymous, wrong unit, wrong role, right role."""

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from ledger.models import Entry
from outbox import clock
from registry.models import System, SystemVersion
from tests.registry.factories import (
    in_force,
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


def officer_of(thing, name="compliance"):
    person = user()
    role(person, name, unit=thing.unit)
    return person


def post(client, thing, path, body, *, etag=None):
    headers = {} if etag is None else {"If-Match": f'"{etag}"'}
    return client.post(
        f"{LIST}{thing.slug}/{path}", body, content_type="application/json", headers=headers
    )


EVERY_DOOR = [
    ("get", "/api/v1/me"),
    ("get", LIST),
    ("post", LIST),
    ("get", LIST + "{slug}/"),
    ("get", LIST + "{slug}/classification"),
    ("post", LIST + "{slug}/classifications"),
    ("post", LIST + "{slug}/lifecycle"),
    ("post", LIST + "{slug}/versions"),
    ("post", LIST + "{slug}/versions/1.0/approve"),
    ("post", LIST + "{slug}/deployments"),
]
OF_ONE_SYSTEM = [
    ("lifecycle", {"edge": "assess", "reason": "x"}),
    ("classifications", {}),
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
        f"{LIST}no-such-system/{path}",
        body,
        content_type="application/json",
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
        sign_in(client, officer),
        thing,
        "lifecycle",
        {"edge": "go_live", "reason": "now"},
        etag=thing.version,
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "gate_closed")
    assert answer.json()["missing"][0]["words"] == "No version is live in production."


def test_the_owner_does_not_put_the_own_system_into_production(client):
    thing = system_in("pilot")

    answer = post(
        sign_in(client, thing.owner),
        thing,
        "lifecycle",
        {"edge": "go_live", "reason": "now"},
        etag=thing.version,
    )

    assert answer.status_code == 403
    assert answer.json()["detail"] == "You cannot put a system into production: you are its owner."


def test_a_version_goes_from_draft_to_live_by_three_people(client):
    thing = system_in("approved")
    in_force(thing)
    engineer = user()
    role(engineer, "engineer", system=thing)
    body = {"label": "2.3", "digest": "sha256:ab", "changelog": "New features."}

    drafted = post(sign_in(client, engineer), thing, "versions", body)
    approved = post(
        sign_in(client, thing.owner), thing, "versions/2.3/approve", {"digest": "sha256:ab"}
    )
    deployed = post(
        sign_in(client, thing.deputy),
        thing,
        "deployments",
        {"version": "2.3", "reason": "release"},
        etag=thing.version,
    )

    assert drafted.json()["state"] == "draft"
    assert approved.json()["approved_by"]["name"] == thing.owner.name
    assert deployed.json()["live"][0]["version"] == "2.3"
    assert deployed.headers["ETag"] == f'"{thing.version + 1}"'


def test_who_wrote_a_version_does_not_approve_it(client):
    thing = system()
    officer = user()
    role(officer, "compliance", unit=thing.unit)
    post(sign_in(client, thing.owner), thing, "versions", {"label": "1", "digest": "sha256:1"})

    answer = post(client, thing, "versions/1/approve", {"digest": "sha256:1"})

    assert answer.status_code == 403
    assert answer.json()["detail"] == "You cannot approve version 1: you wrote it."
    assert set(answer.json()["who_can"]) == {thing.deputy.name, officer.name}
    assert SystemVersion.objects.get(system=thing).state == "draft"
    assert Entry.objects.filter(verb="request.refused").exists()


def test_a_deployment_from_a_stale_page_is_refused(client):
    thing = system_in("approved")
    made = version(thing)

    answer = post(
        sign_in(client, thing.owner),
        thing,
        "deployments",
        {"version": made.label, "reason": "release"},
        etag=0,
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "stale_version")


@pytest.mark.parametrize("field", ["version", "fallback"])
def test_a_label_that_is_not_there_is_missing(client, field):
    thing = system_in("approved")
    body = {"version": version(thing).label, "reason": "release", field: "nowhere"}

    answer = post(sign_in(client, thing.owner), thing, "deployments", body, etag=thing.version)

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


@pytest.mark.full
def test_every_endpoint_is_documented_with_its_own_name(tmp_path):
    file = tmp_path / "schema.yaml"

    call_command("spectacular", file=str(file))

    paths = yaml.safe_load(file.read_text())["paths"]
    named = [told["operationId"] for path in paths.values() for told in path.values()]
    ours = {name for name in named if name.startswith(("systems_", "versions_", "deployments_"))}
    assert len(named) == len(set(named))
    assert ours >= {
        "systems_list",
        "systems_register",
        "systems_read",
        "systems_step",
        "versions_register",
        "versions_approve",
        "deployments_make_live",
    }
