"""Tokens that replace each other, their pages and their API (GOV-4)."""

import datetime as dt
import logging

import pytest
from django.db import connection

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox import clock
from outbox.models import Message
from registry import services
from registry.models import ServiceToken, User
from registry.services.token_endings import announce_endings
from tests.registry.factories import (
    call,
    person_as_actor,
    role,
    sign_in,
    system,
    token,
    unit,
    user,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def office(now):
    """A unit with an administrator, a service account and a system."""
    of = unit()
    administrator = user(of=of)
    role(administrator, "administrator", unit=of, at=now - DAY)
    return of, administrator, user(kind="service", of=of), system(of=of)


def ask(client, plaintext):
    return client.get("/api/v1/me", headers={"Authorization": f"Token {plaintext}"})


def replaced(made, now, *, overlap=7 * DAY, **changes):
    given = {"expires_at": now + 90 * DAY, "overlap_until": now + overlap} | changes
    return call(services.rotate_token, token_key=made.token_key, at=now, **given)


def test_a_new_token_takes_the_place_of_the_old_with_what_that_may(now):
    thing = system()
    old, _ = token(scopes=["read", "state:read"], systems=[thing], at=now)

    new, plaintext = replaced(old, now)

    assert (new.user_id, new.scopes, new.replaces_id) == (old.user_id, old.scopes, old.pk)
    assert list(new.systems.all()) == [thing]
    assert plaintext.startswith(new.token_key)


def test_both_work_while_the_overlap_lasts(client, now):
    old, before = token(at=now)

    _, after = replaced(old, now)

    assert (ask(client, before).status_code, ask(client, after).status_code) == (200, 200)


def test_the_old_one_is_refused_in_words_when_the_overlap_is_over(client, now):
    old, before = token(at=now - 8 * DAY)
    _, after = replaced(old, now - 8 * DAY)

    refused = ask(client, before)

    assert refused.status_code == 401
    assert "was replaced" in refused.json()["detail"]
    assert ask(client, after).status_code == 200


def test_without_overlap_the_old_one_ends_at_once(client, now):
    old, before = token(at=now - SECOND)

    replaced(old, now - SECOND, overlap=0 * DAY)

    assert ask(client, before).status_code == 401


def test_a_revoked_successor_does_not_bring_the_old_one_back(client, now):
    old, before = token(at=now - 8 * DAY)
    new, after = replaced(old, now - 8 * DAY)
    call(services.revoke_token, token_key=new.token_key, reason="leaked", at=now)

    answers = [ask(client, before).status_code, ask(client, after).status_code]

    assert answers == [401, 401]


@pytest.mark.parametrize("overlap", [-SECOND, 14 * DAY + SECOND])
def test_an_overlap_lasts_fourteen_days_at_most(now, overlap):
    old, _ = token(at=now)

    with pytest.raises(Invalid) as refusal:
        replaced(old, now, overlap=overlap)

    assert refusal.value.code == "bad_overlap"


def test_the_longest_overlap_is_allowed(now):
    old, _ = token(at=now)

    replaced(old, now, overlap=14 * DAY)

    assert ServiceToken.objects.get(pk=old.pk).overlap_until == now + 14 * DAY


def test_a_token_is_replaced_once(now):
    old, _ = token(at=now)
    replaced(old, now)

    with pytest.raises(Conflict, match="replaced already"):
        replaced(old, now)


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_what_has_ended_is_not_replaced(now, how):
    old, _ = token(at=now - 3 * DAY, expires_at=now - DAY if how == "expired" else now + DAY)
    if how == "revoked":
        call(services.revoke_token, token_key=old.token_key, reason="leaked", at=now)

    with pytest.raises(Conflict, match="Issue a new one"):
        replaced(old, now)


def test_nobody_replaces_a_token_of_another_unit(now, office):
    _, administrator, _, _ = office
    foreign, _ = token(account=user(kind="service", of=unit()), at=now)

    with pytest.raises(Forbidden):
        replaced(foreign, now, actor=person_as_actor(administrator))


def test_a_rotation_is_one_entry_that_names_both(now):
    old, _ = token(at=now)

    new, plaintext = replaced(old, now)

    entry = Entry.objects.get(verb="token.rotated")
    assert (entry.object_id, new.token_key.encode() in bytes(entry.body)) == (old.token_key, True)
    assert plaintext.encode() not in bytes(entry.body)


def test_administrators_are_told_once_that_a_token_ends(now, office):
    of, administrator, account, _ = office
    made, _ = token(account=account, at=now, expires_at=now + 13 * DAY)

    told = [announce_endings(now), announce_endings(now + DAY)]

    assert told == [1, 0]
    (mail,) = Message.objects.filter(person_id=administrator.pk)
    assert made.token_key in mail.body
    assert Entry.objects.filter(verb="token.expiry_announced").count() == 1


def test_nobody_is_told_of_what_ends_later_or_was_replaced(now, office):
    _, _, account, _ = office
    token(account=account, at=now, expires_at=now + 15 * DAY)
    old, _ = token(account=account, at=now, expires_at=now + 5 * DAY)
    replaced(old, now)

    assert announce_endings(now) == 0


# ------------------------------------------------------------------ pages


def form(account, thing, now, **changes):
    return {
        "account": str(account.pk),
        "name": "gateway, production",
        "scopes": ["read"],
        "systems": [thing.slug],
        "expires_on": f"{now + 30 * DAY:%Y-%m-%d}",
        "key": "a-form",
    } | changes


def secret_of(answer):
    return answer.content.decode().split('id="plaintext" type="text" value="')[1].split('"')[0]


def test_the_page_shows_a_new_token_once_and_lets_nobody_keep_the_page(client, now, office):
    _, administrator, account, thing = office
    sign_in(client, administrator)

    answer = client.post("/tokens/new/", form(account, thing, now))

    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    assert ask(client.__class__(), secret_of(answer)).status_code == 200
    key = ServiceToken.objects.get().token_key
    assert secret_of(answer) not in client.get(f"/tokens/{key}/").content.decode()


def test_a_form_that_is_sent_again_issues_no_second_token(client, now, office):
    _, administrator, account, thing = office
    sign_in(client, administrator)
    client.post("/tokens/new/", form(account, thing, now))

    again = client.post("/tokens/new/", form(account, thing, now))

    assert again.status_code == 409
    assert ServiceToken.objects.count() == 1


def test_a_service_account_is_opened_with_its_first_token(client, now, office):
    of, administrator, _, thing = office
    sign_in(client, administrator)
    given = {"account": "", "new_account": "scoring gateway", "unit": str(of.pk)}

    answer = client.post("/tokens/new/", form(administrator, thing, now) | given)

    assert answer.status_code == 201
    made = User.objects.get(name="scoring gateway")
    assert (made.kind, made.unit_id, made.has_usable_password()) == ("service", of.pk, False)


def test_the_list_finds_by_name_and_state_and_leaves_other_units_out(client, now, office):
    _, administrator, account, _ = office
    token(account=account, at=now)
    token(account=user(kind="service", of=unit(), name="foreign account"), at=now)
    sign_in(client, administrator)

    pages = [client.get(f"/tokens/?{query}").content.decode() for query in
             ("", "search=pipeline", "search=nothing-like-it", "state=revoked")]  # fmt: skip

    assert ["pipeline" in page for page in pages[:2]] == [True, True]
    assert ["No token fits" in page for page in pages[2:]] == [True, True]
    assert "foreign account" not in pages[0]


def test_the_list_asks_few_questions(client, now, office, django_assert_max_num_queries):
    _, administrator, account, thing = office
    for _ in range(6):
        token(account=account, systems=[thing], at=now)
    sign_in(client, administrator)

    with django_assert_max_num_queries(16):
        client.get("/tokens/")


def test_a_page_of_a_token_of_another_unit_is_not_there(client, now, office):
    _, administrator, _, _ = office
    foreign, _ = token(account=user(kind="service", of=unit()), at=now)
    sign_in(client, administrator)

    answers = [
        client.get(f"/tokens/{foreign.token_key}/"),
        client.post(f"/tokens/{foreign.token_key}/revoke/", {"reason": "mine now"}),
        client.post(f"/tokens/{foreign.token_key}/rotate/", {}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert ServiceToken.objects.get(pk=foreign.pk).revoked_at is None


def test_somebody_without_the_role_sees_no_tokens(client):
    sign_in(client, user())

    assert [client.get(path).status_code for path in ("/tokens/", "/tokens/new/")] == [403, 403]


def test_a_token_is_replaced_and_revoked_by_its_page(client, now, office):
    _, administrator, account, _ = office
    old, before = token(account=account, at=now)
    sign_in(client, administrator)
    given = {"overlap_days": 3, "expires_on": f"{now + 60 * DAY:%Y-%m-%d}", "key": "k"}

    shown = client.post(f"/tokens/{old.token_key}/rotate/", given)
    page = client.get(f"/tokens/{old.token_key}/").content.decode()
    client.post(f"/tokens/{old.token_key}/revoke/", {"reason": "moved"})

    assert shown.status_code == 201
    assert "Replaced by" in page
    assert ask(client.__class__(), before).status_code == 401


# ------------------------------------------------------------------ API


def post(client, path, body, **headers):
    return client.post(path, body, content_type="application/json", headers=headers)


def body(account, thing, now, **changes):
    return {
        "account": str(account.pk),
        "name": "gateway",
        "scopes": ["read"],
        "systems": [thing.slug],
        "expires_at": (now + 30 * DAY).isoformat(),
    } | changes


def test_the_api_issues_lists_replaces_and_revokes(client, now, office):
    _, administrator, account, thing = office
    sign_in(client, administrator)

    issued = post(client, "/api/v1/tokens", body(account, thing, now))
    key = issued.json()["key"]
    given = {
        "overlap_until": (now + DAY).isoformat(),
        "expires_at": (now + 40 * DAY).isoformat(),
    }
    rotated = post(client, f"/api/v1/tokens/{key}/rotate", given)
    revoked = post(client, f"/api/v1/tokens/{key}/revoke", {"reason": "over"})
    rows = client.get("/api/v1/tokens").json()["results"]

    assert [issued.status_code, rotated.status_code, revoked.status_code] == [201, 201, 200]
    assert rotated.json()["replaces"] == key
    assert {row["key"]: row["state"] for row in rows} == {
        key: "revoked",
        rotated.json()["key"]: "working",
    }
    assert all("token" not in row for row in rows)


def test_no_token_issues_tokens(client, now, office):
    _, _, account, thing = office
    _, plaintext = token(account=account, systems=[thing], at=now)

    answer = post(
        client,
        "/api/v1/tokens",
        body(account, thing, now),
        Authorization=f"Token {plaintext}",
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "person_needed")


def test_a_repeat_under_the_same_key_does_not_show_the_secret_again(client, now, office):
    _, administrator, account, thing = office
    sign_in(client, administrator)
    given = body(account, thing, now)

    first = post(client, "/api/v1/tokens", given, **{"Idempotency-Key": "k1"})
    again = post(client, "/api/v1/tokens", given, **{"Idempotency-Key": "k1"})

    assert (first.status_code, again.status_code) == (201, 409)
    assert again.json()["code"] == "shown_once"
    assert ServiceToken.objects.count() == 1


def test_the_plaintext_stands_in_no_table_and_no_log(client, now, office, caplog):
    _, administrator, account, thing = office
    sign_in(client, administrator)

    with caplog.at_level(logging.DEBUG):
        made = post(client, "/api/v1/tokens", body(account, thing, now), **{"Idempotency-Key": "k"})
        ask(client.__class__(), made.json()["token"])

    secret = made.json()["token"]
    rest = secret[len(made.json()["key"]) :]
    assert rest not in caplog.text
    assert tables_with(rest) == []


def tables_with(words):
    """Return the tables of which some row holds these words as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for name in tables:
            cursor.execute(f'SELECT 1 FROM "{name}" AS t WHERE t::text LIKE %s', [f"%{words}%"])
            found += [name] if cursor.fetchone() else []
    return found


@pytest.mark.parametrize(
    "changes",
    [
        {"scopes": ["everything"]},
        {"scopes": "read"},
        {"systems": ["no-such-system"]},
        {"systems": [{"slug": 1}]},
        {"account": "not-a-uuid"},
        {"account": None},
        {"expires_at": "9999999"},
        {"expires_at": "2999-01-01T00:00:00Z"},
        {"name": "x\0y"},
        {"name": "x" * 81},
        {"new_account": "y", "unit": "00000000-0000-0000-0000-000000000000"},
    ],
)
def test_nonsense_is_refused_by_the_api(client, now, office, changes):
    _, administrator, account, thing = office
    sign_in(client, administrator)

    answer = post(client, "/api/v1/tokens", body(account, thing, now) | changes)

    assert answer.status_code == 400
    assert ServiceToken.objects.count() == 0


@pytest.mark.parametrize("key", ["csn_zzzzzzzzzzz", "x" * 300, "%00", "'; drop"])
def test_an_unknown_key_is_not_there(client, office, key):
    sign_in(client, office[1])

    answers = [client.get(f"/api/v1/tokens/{key}"), client.get(f"/tokens/{key}/")]

    assert [answer.status_code for answer in answers] == [404, 404]
