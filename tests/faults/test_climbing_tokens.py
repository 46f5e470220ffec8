"""GOV-4: a token opens what it is for and nothing else, and never a person's door.

Every operation of the API is tried with tokens that are expired, revoked, replaced, of another
unit, or without a scope; a token is put where a session belongs, a session where a token does.
"""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import transaction

from ledger.context import acting_as, enter
from registry import services
from registry.rules.scopes import SCOPES
from telemetry.models import DoorState
from tests.faults.climbing import NOW, changed, filled, mark, operations, quiet, two_units
from tests.registry.factories import SETUP, call, sign_in, token

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
# What stands in the addresses of the description, of our unit.
NOBODY = "00000000-0000-4000-8000-000000000000"
UNKNOWN = (
    "row_id", "document_id", "import_id", "registry_id", "glass_id", "leave_id", "delegation_id",
    "action_id", "policy_id", "watch_id", "version_id", "use_id",
)  # fmt: skip
# Open to anybody: a token neither helps nor harms there.
NAMELESS = ("/api/v1/concerns/new", "/api/v1/concerns/receipt")


@pytest.fixture
def worlds():
    """Our unit and another one."""
    yield from two_units()


def addresses(world, *methods):
    """Yield (method, address) of every operation, with our unit's things in its places."""
    known = world.values() | dict.fromkeys(UNKNOWN, NOBODY) | {"version": 1, "kind": "fria"}
    known |= {"person_id": world.people["employee"].pk}
    for method, path, _ in operations(*methods):
        if path in NAMELESS:
            continue
        small = "evaluation" in path or "class" in path
        number = 1 if small else world.incident.number
        if "/motions/" in path:
            number = world.decision.number
        yield method, filled(path, known | {"number": number})


def answers(client, world, headers, *methods):
    """Yield (method, address, answer) of every operation; what it did is taken back."""
    for method, path in addresses(world, *methods):
        cache.clear()
        kept = transaction.savepoint()
        answer = client.generic(
            method.upper(), path, b"{}", "application/json", headers={"If-Match": '"1"', **headers}
        )
        enter(None)
        transaction.savepoint_rollback(kept)
        transaction.savepoint_commit(kept)
        yield method, path, answer


def as_token(plaintext):
    """Return the header of a token."""
    return {"Authorization": f"Token {plaintext}"}


def spoilt(world, how):
    """Return a token with every scope that no longer opens anything."""
    given = {"scopes": sorted(SCOPES), "systems": [world.of.house.system]}
    made, plaintext = token(**given, at=NOW - 9 * DAY, expires_at=NOW + 90 * DAY)
    if how == "expired":
        return token(**given, at=NOW - 9 * DAY, expires_at=NOW - DAY)[1]
    if how == "revoked":
        call(services.revoke_token, token_key=made.token_key, reason="lost", at=NOW - DAY)
    if how == "replaced":
        call(services.rotate_token, token_key=made.token_key, expires_at=NOW + 90 * DAY,
             overlap_until=NOW - 2 * DAY, at=NOW - 3 * DAY)  # fmt: skip
    if how == "cut":
        return plaintext[:-1]
    if how == "of nobody":
        with acting_as(SETUP):
            made.user.is_active = False
            made.user.save(at=NOW)
    return plaintext


def test_a_spoilt_token_opens_no_machine_door(worlds):
    ours, _ = worlds
    ways = ("expired", "revoked", "replaced", "cut", "of nobody")

    found = {how: codes_of(ours, as_token(spoilt(ours, how))) for how in ways}

    assert found == dict.fromkeys(ways, {401})


def codes_of(ours, headers):
    """Return how the doors for machines answer."""
    there = f"/api/v1/systems/{ours.of.house.system.slug}"
    doors = ["/api/v1/me", f"{there}/", f"{there}/state", "/api/v1/ledger/entries"]

    sent = ("measurements", "decisions", "heartbeats")
    answers = [quiet().get(path, headers=headers) for path in doors]
    answers += [
        quiet().post(f"/api/v1/{path}", {}, content_type="application/json", headers=headers)
        for path in sent
    ]
    return {one.status_code for one in answers}


@pytest.mark.full
def test_a_token_changes_nothing_that_takes_a_person(worlds):
    ours, _ = worlds
    before, found = mark(), []

    for method, path, answer in answers(
        quiet(), ours, as_token(ours.token), "post", "put", "patch", "delete"
    ):
        # An export without a span or a point is taken, and is nothing.
        nothing = path.endswith("/check") or "/otlp/v1/" in path
        if answer.status_code < 400 and not nothing:
            found.append(f"{method} {path}: {answer.status_code}")

    assert found == []
    assert set(changed(before)) <= {"registry_servicetoken"}


@pytest.mark.full
def test_a_token_of_another_unit_reads_and_changes_nothing_of_ours(worlds):
    ours, theirs = worlds
    slug, found = ours.of.house.system.slug, []

    for method, path, answer in answers(
        quiet(), ours, as_token(theirs.token), "get", "post", "put", "patch", "delete"
    ):
        if slug in path and answer.status_code not in (400, 403, 404, 405, 409):
            found.append(f"{method} {path}: {answer.status_code}")
        # A refusal may repeat what was asked; it says the same of what is not there at all.
        told = answer.getvalue().decode("utf-8", "replace").replace(path, "")
        if answer.status_code != 404 and slug in told:
            found.append(f"{method} {path}: tells of it ({answer.status_code})")

    assert found == []


def test_measurements_and_events_of_another_unit_are_not_taken(worlds):
    ours, theirs = worlds
    slug, before = ours.of.house.system.slug, mark()
    stamp = NOW.isoformat()
    sent = {
        "measurements": {"measurements": [{"system": slug, "kpi": "accuracy", "window": "1h",
                                           "window_end": stamp, "value": 0.1, "n": 500}]},
        "decisions": {"events": [{"system": slug, "id": "1", "at": stamp, "version": "2.3"}]},
        "heartbeats": {"system": slug},
    }  # fmt: skip

    codes = {
        quiet().post(f"/api/v1/{name}", body, content_type="application/json",
                     headers=as_token(theirs.token)).status_code
        for name, body in sent.items()
    }  # fmt: skip

    assert codes <= {400, 403, 404, 422}
    # What the door refused is kept with the sender's own system, never with ours.
    assert set(changed(before)) <= {
        "registry_servicetoken",
        "telemetry_ingestbatch",
        "telemetry_door_run",
        "telemetry_door_state",
    }
    assert not DoorState.objects.filter(system=ours.of.house.system).exists()


def test_each_scope_is_asked_for_by_itself(worlds):
    ours, _ = worlds
    there = f"/api/v1/systems/{ours.of.house.system.slug}"
    asked = {
        "measurements:write": ("post", "/api/v1/measurements"),
        "decisions:write": ("post", "/api/v1/decisions"),
        "heartbeat:write": ("post", "/api/v1/heartbeats"),
        "state:read": ("get", f"{there}/state"),
        "versions:write": ("post", f"{there}/versions"),
        "evaluations:write": ("post", f"{there}/evaluation-runs"),
        "ledger:read": ("get", "/api/v1/ledger/entries"),
        "read": ("get", f"{there}/"),
    }
    found = {}

    for scope, (method, path) in asked.items():
        _, plaintext = token(
            scopes=sorted(set(SCOPES) - {scope}), systems=[ours.of.house.system], at=NOW - DAY
        )
        answer = quiet().generic(
            method.upper(), path, b"{}", "application/json", headers=as_token(plaintext)
        )
        found[scope] = (answer.status_code, answer.json().get("code"))

    assert found == dict.fromkeys(asked, (403, "scope_missing"))


def test_a_token_is_no_session_and_a_session_no_token(worlds):
    ours, _ = worlds
    client = sign_in(quiet(), ours.people["compliance"])
    session = client.session.session_key
    borrowed = quiet()
    borrowed.cookies["sessionid"] = ours.token

    pages = [borrowed.get(path).status_code for path in ("/systems/", "/people/", "/tokens/")]
    as_cookie = borrowed.get("/api/v1/me").status_code
    as_header = quiet().get("/api/v1/me", headers=as_token(session)).status_code
    page = quiet().get("/systems/", headers=as_token(ours.token)).status_code

    assert pages == [302, 302, 302]
    assert (as_cookie, as_header, page) == (401, 401, 302)


def test_a_bad_token_beside_a_good_session_is_refused_and_not_overlooked(worlds):
    ours, _ = worlds
    client = sign_in(quiet(), ours.people["compliance"])

    answer = client.get("/api/v1/me", headers=as_token("0" * 64))

    assert answer.status_code == 401
