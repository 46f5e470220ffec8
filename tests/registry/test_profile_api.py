"""The API of who and what a system is for: what a page can do, it can do; REG-1, 5, 6, 11."""

import datetime as dt

import pytest

from registry.models import System
from tests.registry.factories import (
    controls,
    in_force,
    role,
    sign_in,
    system,
    token,
    unit,
    user,
)

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/systems"


@pytest.fixture
def of():
    return system(kind="agent")


def send(client, of, path, body, *, method="post", etag=None):
    headers = {} if etag is None else {"If-Match": f'"{etag}"'}
    return getattr(client, method)(
        f"{ROOT}/{of.slug}/{path}", body, content_type="application/json", headers=headers
    )


SCOPE = {
    "tools": [{"name": "payments", "kind": "api", "actions": ["pay"]}],
    "data": [{"source": "crm", "classes": ["contact"]}],
    "spending_limit": "500.00",
    "currency": "EUR",
    "period": "day",
    "approvals": [{"what": "pay", "above": "100.00", "by": "owner"}],
    "reason": "as designed",
}


def test_the_profile_holds_what_is_in_force_and_what_is_missing(client, of):
    in_force(of)

    answer = sign_in(client, of.owner).get(f"{ROOT}/{of.slug}/profile").json()

    assert answer["controls"]["exception_path"] == controls().exception_path
    assert answer["controls"]["approved_by"]["name"] == of.deputy.name
    assert answer["scope"] is None
    assert {gap["link"] for gap in answer["missing"]} >= {f"/systems/{of.slug}/profile/scope/"}


def test_controls_are_drafted_and_approved_over_the_api(client, of):
    role(user(of=of.unit), "compliance", unit=of.unit)
    body = {"reason": "first", "exception_path": "The owner decides.", "may_retrain": ["nobody"]}

    unsaid = send(sign_in(client, of.owner), of, "controls", body)
    drafted = send(client, of, "controls", body, etag=0)
    own = send(client, of, "controls/1/approve", {"reason": "mine"})
    approved = send(sign_in(client, of.deputy), of, "controls/1/approve", {"reason": "read"})
    again = send(client, of, "controls/1/approve", {"reason": "read"})

    assert [unsaid.status_code, drafted.status_code, own.status_code] == [428, 201, 403]
    assert (approved.json()["state"], approved.headers["ETag"]) == ("in_force", '"1"')
    assert again.status_code == 409
    assert [row["version"] for row in client.get(f"{ROOT}/{of.slug}/controls").json()] == [1]


def test_a_stale_author_is_told_the_present_version(client, of):
    in_force(of)

    answer = send(sign_in(client, of.owner), of, "controls", {"reason": "x"}, etag=0)

    assert (answer.status_code, answer.json()["present"]) == (409, {"version": 1})


def test_an_action_is_judged_by_the_scope_in_force(client, of):
    send(sign_in(client, of.owner), of, "scope", SCOPE, etag=0)
    send(sign_in(client, of.deputy), of, "scope/1/approve", {"reason": "read"})
    _, gateway = token(scopes=["state:read"], systems=[of])
    action = {"tool": "payments", "asked": "pay", "amount": "150.00", "currency": "EUR"}
    headers = {"authorization": f"Token {gateway}"}
    client.logout()

    asked = {"content_type": "application/json", "headers": headers}
    outside = client.post(f"{ROOT}/{of.slug}/scope/check", action, **asked)
    inside = client.post(f"{ROOT}/{of.slug}/scope/check", action | {"amount": "9.00"}, **asked)

    assert outside.json() == {
        "scope_version": 1,
        "outside": ["Above 100.00 EUR it needs the approval of the owner."],
    }
    assert inside.json()["outside"] == []


def test_a_machine_reads_the_profile_and_writes_nothing(client, of):
    _, reader = token(scopes=["read"], systems=[of])
    headers = {"authorization": f"Token {reader}"}

    assert client.get(f"{ROOT}/{of.slug}/profile", headers=headers).status_code == 200
    for path in ("controls", "scope", "behaviour", "dependencies", "data-sources"):
        answer = client.post(
            f"{ROOT}/{of.slug}/{path}", {}, content_type="application/json", headers=headers
        )
        assert answer.status_code == 403


def test_a_system_is_changed_against_its_etag_and_unknown_fields_change_nothing(client, of):
    sign_in(client, of.owner)
    body = {"name": "Paying agent", "reason": "renamed", "risk_tier": "low", "version": 40}

    unsaid = send(client, of, "", body, method="patch")
    done = send(client, of, "", body, method="patch", etag=0)
    stale = send(client, of, "", body | {"name": "x"}, method="patch", etag=0)

    assert [unsaid.status_code, done.status_code, stale.status_code] == [428, 200, 409]
    present = System.objects.get(pk=of.pk)
    assert (present.name, present.risk_tier, present.version) == ("Paying agent", "medium", 1)
    assert done.headers["ETag"] == '"1"'


def test_a_handover_over_the_api_takes_words_of_acceptance(client, of):
    sign_in(client, of.owner)
    body = {"owner": str(user(of=of.unit).pk), "reason": "moves on"}

    silent = send(client, of, "", body, method="patch", etag=0)
    done = send(client, of, "", body | {"acceptance": "Yes."}, method="patch", etag=0)

    assert (silent.status_code, list(silent.json()["fields"])) == (400, ["acceptance"])
    assert done.status_code == 200


def test_dependencies_name_only_what_the_caller_may_see(client, of):
    hidden, seen = system(of=unit()), system(of=of.unit, name="Letter writer")
    everywhere = user()
    for one in (of.unit, hidden.unit):
        role(everywhere, "compliance", unit=one)
    role(of.owner, "engineer", unit=of.unit)
    sign_in(client, everywhere)
    for other in (hidden, seen):
        body = {"on_system": other.slug, "kind": "uses_output"}
        assert send(client, of, "dependencies", body).status_code == 201

    found = sign_in(client, of.owner).get(f"{ROOT}/{of.slug}/dependencies").json()
    blind = send(client, of, "dependencies", {"on_system": hidden.slug, "kind": "fallback"})

    assert [row["on_system"] for row in found["direct"]] == [seen.slug]
    assert [step["system"] for step in found["needed"]["steps"]] == [seen.slug]
    assert found["needed"]["hidden"] == 1
    assert blind.status_code == 404


def test_sources_and_knowledge_are_written_changed_and_ended(client, of):
    sign_in(client, of.owner)
    ahead = (dt.datetime.now(dt.UTC) + dt.timedelta(days=900)).date().isoformat()
    source = send(client, of, "data-sources", {"name": "Archive", "kind": "training"}).json()
    changed = {"name": "Archive", "kind": "training", "personal_data": "no", "reason": "looked"}
    domain = {"domain": "tariffs", "person": str(of.owner_id), "review_on": ahead}
    named = send(client, of, "knowledge-owners", domain).json()

    put = send(client, of, f"data-sources/{source['id']}", changed, method="put")
    ends = [
        send(client, of, f"data-sources/{source['id']}/end", {"reason": "over"}),
        send(client, of, f"knowledge-owners/{named['id']}/end", {"reason": "over"}),
    ]

    assert put.json()["personal_data"] == "no"
    assert [answer.status_code for answer in ends] == [204, 204]
    assert client.get(f"{ROOT}/{of.slug}/data-sources").json() == []
    assert client.get(f"{ROOT}/{of.slug}/knowledge-owners").json() == []


@pytest.mark.parametrize(
    "path", ["profile", "controls", "scope", "behaviour", "dependencies", "data-sources"]
)
def test_a_stranger_is_told_that_there_is_nothing(client, of, path):
    assert client.get(f"{ROOT}/{of.slug}/{path}").status_code in (401, 403)
    assert sign_in(client, user(of=unit())).get(f"{ROOT}/{of.slug}/{path}").status_code == 404


NONSENSE = [
    None, [], "x", {"reason": "a\x00b"}, {"reason": "x" * 5001}, {"reason": {"a": 1}},
    {"reason": "x", "on_call": "no-uuid"}, {"reason": "x", "may_retrain": [None]},
    {"reason": "x", "tools": [{"name": "a"}]}, {"reason": "x", "spending_limit": "1e400"},
    {"reason": "x", "by_policy": "a"}, {"reason": "x", "tested_on": "31.12."},
    {"reason": "x", "may_retrain": ["engineer"] * 101},
    {"reason": "x", "must_not": ["y" * 301]},
]  # fmt: skip


@pytest.mark.parametrize("path", ["controls", "scope", "behaviour"])
def test_nonsense_is_refused_by_name_or_ignored_and_never_fails(client, path):
    of = system(kind="assistant")
    sign_in(client, of.owner)

    codes = set()
    for body in NONSENSE:
        newest = int(client.get(f"{ROOT}/{of.slug}/{path}").headers["ETag"].strip('"'))
        codes.add(send(client, of, path, body, etag=newest).status_code)

    assert codes <= {201, 400}
    assert 400 in codes


def test_the_profile_of_an_instant_is_the_one_of_then(client, of):
    in_force(of)
    sign_in(client, of.owner)

    then = client.get(
        f"{ROOT}/{of.slug}/profile?as_of={of.registered_at.isoformat()}".replace("+", "%2B")
    )

    assert then.status_code == 200
    assert then.json()["as_of"] is not None


def test_the_list_is_searched_by_the_owners_name_too(client, of):
    mara = user(of=of.unit, name="Mara Özil-Vogt")
    theirs = system(of=of.unit, owner=mara)
    auditor = user()
    role(auditor, "auditor", unit=of.unit)

    found = sign_in(client, auditor).get(f"{ROOT}/?q=özil").json()["results"]

    assert [row["slug"] for row in found] == [theirs.slug]
