"""GOV-4, INC-3: what was sent once is not sent again to better effect.

A stolen Idempotency-Key, an approval signed for what has changed since, a vote for another motion.
Codes of an app and of recovery are tried twice in tests/config/sign_in/test_codes.py.
"""

import pytest
from django.core.cache import cache

from registry import services
from registry.models import SystemVersion
from tests.faults.climbing import NOW, changed, mark, quiet, two_units
from tests.faults.climbing_requests import API, Asked, send
from tests.registry.factories import call, sign_in, version

pytestmark = pytest.mark.django_db


@pytest.fixture
def worlds():
    """Our unit and another one."""
    yield from two_units()


def client_of(world, name):
    """Return a signed-in client."""
    cache.clear()
    return sign_in(quiet(), world.people[name], fresh_at=NOW)


def invited(world, **changes):
    """Return the request that invites somebody."""
    body = {"email": "new@example.org", "name": "New", "unit": str(world.of.house.unit.pk)}
    return Asked("people_invite", "administrator", "/people/", body | changes)


def test_an_answer_is_not_given_to_who_took_the_key(worlds):
    ours, theirs = worlds
    key = {"Idempotency-Key": "one-key"}
    first = send(client_of(ours, "administrator"), invited(ours), **key)
    colleague, stranger = client_of(ours, "employee"), client_of(theirs, "administrator")
    before = mark()

    others = [
        send(colleague, invited(ours), **key),
        send(stranger, invited(ours), **key),
        send(quiet(), invited(ours), **key),
        quiet().post(f"{API}/people/", {}, content_type="application/json",
                     headers=key | {"Authorization": f"Token {ours.token}"}),
        quiet().post(f"{API}/people/", {}, content_type="application/json",
                     headers=key | {"Authorization": "Basic x"}),
    ]  # fmt: skip

    assert first.status_code == 201
    assert all(one.status_code in (401, 403, 404) for one in others)
    assert all("Idempotency-Replayed" not in one for one in others)
    assert all(b"new@example.org" not in one.content for one in others)
    assert set(changed(before)) <= {"registry_servicetoken"}


def test_a_key_carries_no_other_body_and_no_other_address(worlds):
    ours, _ = worlds
    client, key = client_of(ours, "administrator"), {"Idempotency-Key": "one-key"}
    send(client, invited(ours), **key)
    before = mark()

    body = send(client, invited(ours, email="other@example.org"), **key)
    moved = Asked("units_create", "administrator", "/units/", invited(ours).body)
    path = send(client, moved, **key)

    assert [one.json()["code"] for one in (body, path)] == ["idempotency_key_reused"] * 2
    assert changed(before) == []


def test_an_old_answer_is_not_given_after_the_sign_out(worlds):
    ours, _ = worlds
    client, key = client_of(ours, "administrator"), {"Idempotency-Key": "one-key"}
    send(client, invited(ours), **key)
    cookie = client.cookies["sessionid"].value
    client.post("/accounts/logout/")
    client.cookies["sessionid"] = cookie

    again = send(client, invited(ours), **key)

    assert again.status_code in (401, 403)
    assert b"new@example.org" not in again.content


def test_an_approval_for_another_identity_approves_nothing(worlds):
    ours, _ = worlds
    house = ours.of.house
    drafted = version(house.system, label="7.0", author=house.author, approved=False)
    client, path = client_of(ours, "deputy"), f"/systems/{house.system.slug}/versions/7.0/approve"
    seen = {"digest": drafted.digest, "reason": "evaluated"}

    swapped = send(client, Asked("approve", "", path, seen | {"digest": "sha256:" + "e" * 64}))
    blind = send(client, Asked("approve", "", path, {"reason": "evaluated"}))
    good = send(client, Asked("approve", "", path, seen))
    again = send(client, Asked("approve", "", path, seen))

    assert swapped.status_code == 409, swapped.content
    assert blind.status_code in (400, 428), blind.content
    assert good.status_code == 200, good.content
    assert again.status_code == 409, again.content
    assert SystemVersion.objects.get(pk=drafted.pk).approved_by == ours.people["deputy"]


def test_an_approval_is_not_played_again_after_the_revocation(worlds):
    ours, _ = worlds
    house = ours.of.house
    drafted = version(house.system, label="7.0", author=house.author, approved=False)
    client, path = client_of(ours, "deputy"), f"/systems/{house.system.slug}/versions/7.0/approve"
    asked = Asked("approve", "", path, {"digest": drafted.digest, "reason": "evaluated"})
    send(client, asked, **{"Idempotency-Key": "first"})
    call(services.revoke_version, version_id=drafted.pk, reason="poisoned data", at=NOW)

    replayed = send(client, asked, **{"Idempotency-Key": "first"})
    anew = send(client, asked, **{"Idempotency-Key": "second"})

    assert replayed["Idempotency-Replayed"] == "true"
    assert anew.status_code == 409, anew.content
    assert SystemVersion.objects.get(pk=drafted.pk).state == "revoked"


def test_a_step_from_a_stale_page_is_not_taken(worlds):
    ours, _ = worlds
    of = ours.of.house.system
    seen = type(of).objects.get(pk=of.pk).version
    steps = [("suspend", "executive"), ("resume", "executive"), ("suspend", "executive")]
    path = f"/systems/{of.slug}/lifecycle"
    client = client_of(ours, "executive")

    answers = [
        send(client, Asked("step", who, path, {"edge": edge, "reason": "as agreed"}, seen=seen))
        for edge, who in steps
    ]

    assert [one.status_code for one in answers] == [200, 412, 412] or [
        one.status_code for one in answers
    ] == [200, 409, 409], [one.content for one in answers]


def test_a_vote_for_another_motion_is_not_counted(worlds):
    ours, theirs = worlds
    before = mark()
    client = client_of(ours, "member")
    before = mark()
    path = f"/motions/{ours.decision.number}/ballots"

    for digest in (theirs.decision.motion_sha256, "0" * 64, ours.decision.motion_sha256.upper()):
        vote = {"vote": "for", "motion_sha256": digest, "final": True, "reason": "fine"}
        answer = send(client, Asked("vote", "member", path, vote))
        assert answer.status_code in (400, 409), answer.content

    assert changed(before) == []
