"""Service tokens: shown once, stored hashed, refused when expired, revoked or out of scope."""

import datetime as dt

import orjson
import pytest

from ledger.models import Entry
from ledger.rules.refusals import Forbidden, Invalid
from outbox import clock
from registry import services
from registry.models import ServiceToken
from tests.registry.factories import call, person_as_actor, role, system, token, unit, user

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def now():
    return clock.now()


def get(client, plaintext, path="/api/v1/me"):
    return client.get(path, headers={"Authorization": f"Token {plaintext}"})


def refusals():
    return [orjson.loads(bytes(entry.body)) for entry in Entry.objects.filter(verb="token.refused")]


def test_a_token_opens_the_door_and_says_what_it_may(client, now):
    thing = system()
    _, plaintext = token(scopes=["read", "measurements:write"], systems=[thing], at=now)

    answer = get(client, plaintext)

    assert answer.status_code == 200
    assert answer.json()["scopes"] == ["measurements:write", "read"]
    assert answer.json()["systems"] == [thing.slug]


def test_the_plaintext_is_kept_nowhere(now):
    made, plaintext = token(at=now)

    written = [bytes(entry.body) for entry in Entry.objects.filter(verb="token.issued")]

    assert plaintext not in str(vars(ServiceToken.objects.get(pk=made.pk)))
    assert plaintext.encode() not in b"".join(written)
    assert plaintext.startswith("csn_")


def test_an_expired_token_is_refused_recorded_and_kept(client, now):
    made, plaintext = token(at=now - 2 * DAY, expires_at=now - DAY)

    answer = get(client, plaintext)

    assert answer.status_code == 401
    assert answer.json()["detail"] == "This token has expired."
    assert ServiceToken.objects.filter(pk=made.pk).exists()
    (entry,) = refusals()
    assert entry["object"]["id"] == made.token_key
    assert entry["who"]["kind"] == "anonymous"
    assert plaintext not in str(entry)


def test_a_revoked_token_is_refused_at_once(client, now):
    made, plaintext = token(at=now)
    call(services.revoke_token, token_key=made.token_key, reason="leaked", at=now)

    answer = get(client, plaintext)

    assert answer.json()["detail"] == "This token was revoked."
    assert refusals()[0]["reason"] == "This token was revoked."


def test_the_token_of_a_deactivated_account_is_refused(client, now):
    made, plaintext = token(at=now)
    call(services.deactivate_user, user_id=made.user_id, reason="retired", at=now)

    answer = get(client, plaintext)

    assert answer.status_code == 401


@pytest.mark.parametrize("sent", ["csn_" + "0" * 64, "short", "csn_\u00e9"])
def test_an_unknown_token_is_refused_and_recorded(client, sent):
    answer = get(client, sent)

    assert answer.status_code == 401
    assert len(refusals()) == 1


def test_a_token_that_only_begins_like_a_known_one_is_refused(client, now):
    _, plaintext = token(at=now)

    answer = get(client, plaintext[:-4] + "0000")

    assert answer.status_code == 401


def test_a_flood_of_wrong_tokens_does_not_fill_the_ledger(client):
    for _ in range(40):
        get(client, "csn_" + "1" * 64)

    assert len(refusals()) == 30


def test_the_last_use_is_written_at_most_once_a_minute(client, now):
    made, plaintext = token(at=now)
    get(client, plaintext)
    first = ServiceToken.objects.get(pk=made.pk).last_used_at

    get(client, plaintext)
    again = ServiceToken.objects.get(pk=made.pk).last_used_at
    ServiceToken.objects.filter(pk=made.pk).update(last_used_at=first - MINUTE)
    get(client, plaintext)

    assert again == first
    assert ServiceToken.objects.get(pk=made.pk).last_used_at > first


def test_a_token_without_the_scope_is_refused_and_recorded(client, now):
    thing = system()
    _, plaintext = token(scopes=["measurements:write"], systems=[thing], at=now)

    answer = get(client, plaintext, f"/api/v1/systems/{thing.slug}/")

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert "lacks the scope read" in answer.json()["detail"]
    assert Entry.objects.filter(verb="request.refused").count() == 1


def test_a_token_of_another_system_is_told_that_there_is_none(client, now):
    thing = system()
    _, plaintext = token(scopes=["read"], systems=[system()], at=now)

    answer = get(client, plaintext, f"/api/v1/systems/{thing.slug}/")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_system")


def test_a_token_lists_its_systems_only(client, now):
    mine, _ = system(), system()
    _, plaintext = token(scopes=["read"], systems=[mine], at=now)

    answer = get(client, plaintext, "/api/v1/systems/")

    assert [row["slug"] for row in answer.json()["results"]] == [mine.slug]


def test_a_token_registers_a_version_in_the_name_of_its_account(client, now):
    thing = system()
    made, plaintext = token(scopes=["versions:write"], systems=[thing], at=now)

    answer = client.post(
        f"/api/v1/systems/{thing.slug}/versions",
        {"label": "2.4", "digest": "sha256:ab"},
        content_type="application/json",
        headers={"Authorization": f"Token {plaintext}"},
    )

    assert answer.status_code == 201
    assert answer.json()["author"]["id"] == str(made.user_id)


@pytest.mark.parametrize(
    "path",
    [
        "classifications",
        "lifecycle",
        "deployments",
        "versions/1.0/approve",
    ],
)
def test_what_a_person_must_do_is_refused_to_a_token(client, now, path):
    thing = system()
    _, plaintext = token(scopes=["read", "versions:write"], systems=[thing], at=now)

    answer = client.post(
        f"/api/v1/systems/{thing.slug}/{path}",
        {},
        content_type="application/json",
        headers={"Authorization": f"Token {plaintext}"},
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "person_needed")
    assert Entry.objects.filter(verb="request.refused").exists()


def test_a_person_has_no_token():
    with pytest.raises(Invalid, match="tokens are for services"):
        token(account=user())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"scopes": ["everything"]}, "unknown_scope"),
        ({"scopes": []}, "unknown_scope"),
    ],
)
def test_a_token_has_known_scopes(changes, code):
    with pytest.raises(Invalid) as refusal:
        token(**changes)

    assert refusal.value.code == code


@pytest.mark.parametrize("lasts", [0 * DAY, 367 * DAY])
def test_a_token_ends_within_a_year(now, lasts):
    with pytest.raises(Invalid) as refusal:
        token(at=now, expires_at=now + lasts)

    assert refusal.value.code == "bad_expiry"


def test_an_administrator_issues_no_token_for_anothers_system(now):
    mine = unit()
    administrator = user(of=mine)
    role(administrator, "administrator", unit=mine, at=now)
    account = user(kind="service", of=mine)

    with pytest.raises(Forbidden):
        call(
            services.issue_token,
            user=account,
            name="pipeline",
            scopes=["read"],
            systems=[system(of=unit())],
            expires_at=now + DAY,
            at=now,
            actor=person_as_actor(administrator),
        )
