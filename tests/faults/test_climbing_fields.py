"""GOV-4: fields that a request has no business with change nothing, by the API and by pages.

Each request is sent as it should be, and again with every field besides that the tables or the
answers know: who approved, in which state, of whom, since when. What is stored must be the same
both times, or the second is refused.
"""

import json
import re
from collections import Counter

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from incidents.api.incidents import PERSONAL
from ledger.context import enter
from tests.faults.climbing import (
    operations,
    properties_of,
    quiet,
    resolved,
    shape_of,
    touches,
    two_units,
)
from tests.faults.climbing_requests import Asked, requests_of, send
from tests.registry.factories import sign_in
from tests.walks.test_access_matrix import AT

pytestmark = pytest.mark.django_db
STRANGE = "5b5b5b5b-5b5b-4b5b-8b5b-5b5b5b5b5b5b"
LONG_PAST = "2001-02-03T04:05:06Z"
FIELDS = {
    "id": STRANGE, "pk": STRANGE, "uuid": STRANGE, "state": "approved", "status": "active",
    "lifecycle": "production", "legal_class": "minimal", "risk_tier": "low", "tier": "low",
    "is_staff": True, "is_superuser": True, "is_active": False, "kind": "service", "demo": True,
    "roles": ["administrator"], "groups": [1], "permissions": ["*"], "user_permissions": [1],
    "password": "climbed-climbed", "version": 77, "number": 777, "entry_number": 999, "seq": 999,
    "label": "climbed", "digest": "sha256:" + "c" * 64, "sha256": "c" * 64, "token": "c" * 64,
    "scopes": ["decisions:write"], "hours": 4000, "final": True, "simulated": "climbed",
    "recorded": False, "verdict": "justified", "severity": "minor", "signature": "climbed",
}  # fmt: skip
OF_PERSONS = (
    "author", "owner", "deputy", "user", "person", "actor", "approved_by", "approver", "granted_by",
    "confirmed_by", "decided_by", "reviewed_by", "reviewer", "created_by", "uploaded_by",
    "raised_by", "reported_by", "principal", "delegate", "keeper", "requested_by", "set_by",
    "drafted_by", "proposed_by", "by", "ended_by", "registered_by", "recorded_by",
)  # fmt: skip
OF_INSTANTS = (
    "at", "from_at", "until_at", "created_at", "approved_at", "confirmed_at", "decided_at",
    "joined_at", "registered_at", "recorded_at", "ended_at", "uploaded_at", "reviewed_at",
    "reported_at", "expiry", "overlap_until", "last_login",
)  # fmt: skip
# What the product takes, of the requests below: that each was tried in earnest.
TAKEN = {
    "systems_register", "systems_change", "versions_register", "controls_draft", "people_invite",
    "people_change", "people_roles_grant", "people_delegations_record", "tokens_issue",
    "classifications_start", "assessments_start", "system_documents_add", "incidents_report",
    "thresholds_draft", "data_sources_add", "units_create", "legal_holds_set",
}  # fmt: skip
# One of each kind is enough for the quick run.
FIRST = {
    "systems_register", "versions_register", "people_invite", "people_roles_grant", "tokens_issue",
    "controls_draft",
}  # fmt: skip
VOLATILE = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[^\"]*")


@pytest.fixture
def worlds():
    """Our unit and another one."""
    yield from two_units()


def climbed(operation, theirs):
    """Return the fields to add to a request: of the tables, and of its own answers."""
    stranger = str(theirs.people["employee"].pk)
    held = theirs.of.house
    found = dict(FIELDS)
    found |= dict.fromkeys([*OF_PERSONS, *(f"{one}_id" for one in OF_PERSONS)], stranger)
    found |= dict.fromkeys(OF_INSTANTS, LONG_PAST)
    found |= {"unit": str(held.unit.pk), "unit_id": str(held.unit.pk)}
    found |= {"system": held.system.slug, "system_id": str(held.system.pk)}
    for name in answered_with(operation):
        found.setdefault(name, "climbed")
    taken = properties_of(operation)
    return {name: value for name, value in found.items() if name not in taken}


def answered_with(operation):
    """Return the names of what an operation answers with."""
    names = set()
    for code, answer in operation.get("responses", {}).items():
        if code.startswith("2"):
            held = next(iter(answer.get("content", {}).values()), {}).get("schema", {})
            names |= set(resolved(held).get("properties", {}))
    return names


def rows_of(table):
    """Return the rows of a table as text, keys of the database's own making left out."""
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT (to_jsonb(t) - 'history_id' - 'history_date')::text FROM {name} t")
        return Counter(row[0] for row in cursor.fetchall())


class Trial:
    """Sends a request, keeps what it stored, takes it back."""

    def __init__(self):
        self.rows = {}

    def of(self, call):
        """Return the answer to a call, and the rows that it made or changed by table."""
        cache.clear()
        kept, before = transaction.savepoint(), touches()
        answer = call()
        enter(None)
        written = touches()
        tables = sorted(name for name in written if written[name] != before.get(name))
        after = {table: rows_of(table) for table in tables}
        transaction.savepoint_rollback(kept)
        transaction.savepoint_commit(kept)
        made = {}
        for table in tables:
            if table not in self.rows:
                self.rows[table] = rows_of(table)
            made[table] = [json.loads(one) for one in after[table] - self.rows[table]]
        return answer, made


def plain(made, volatile=()):
    """Return rows so that two runs can be compared, without the columns that differ by nature."""
    return {
        table: sorted(
            json.dumps({key: value for key, value in row.items() if (table, key) not in volatile},
                       sort_keys=True)
            for row in rows
        )
        for table, rows in made.items()
    }  # fmt: skip


def differing(first, second):
    """Return the columns whose values two equal requests store differently: keys, instants."""
    found = set()
    for table in first.keys() | second.keys():
        columns = {key for row in first.get(table, []) for key in row}
        for key in columns:
            values = [
                Counter(json.dumps(row.get(key)) for row in made.get(table, []))
                for made in (first, second)
            ]
            if values[0] != values[1]:
                found.add((table, key))
    return found


def climbs(trial, asked, extra, call, good=299):
    """Return what additional fields changed, in words; empty where nothing."""
    answer, first = trial.of(lambda: call(asked.body))
    if answer.status_code > good:
        return answer, []
    _, second = trial.of(lambda: call(asked.body))
    volatile = differing(first, second)
    bent, third = trial.of(lambda: call(asked.body | extra))
    if bent.status_code >= 500:
        return answer, [f"{bent.status_code} on additional fields"]
    if bent.status_code >= 400:
        return answer, [f"refused, yet stored in {sorted(third)}"] if any(third.values()) else []
    found = []
    if plain(third, volatile) != plain(first, volatile):
        found.append(f"stored otherwise: {only(plain(third, volatile), plain(first, volatile))}")
    told = json.dumps(third)
    usual = json.dumps(first)
    for name, value in extra.items():
        words = str(value)
        if len(words) > 6 and words in told and words not in usual:
            found.append(f"{name} was taken over: {words}")
    found += [f"{key} was set" for key in instants_of(third) if "2001-02-03" in key]
    return answer, found


def only(here, there):
    """Return what stands here and not there."""
    return {table: [one for one in rows if one not in there.get(table, [])]
            for table, rows in here.items() if rows != there.get(table)}  # fmt: skip


def instants_of(made):
    """Return every instant that was stored."""
    return VOLATILE.findall(json.dumps(made))


def by_name():
    """Return the API's operations by their names."""
    return {one["operationId"]: one for _, _, one in operations("post", "put", "patch")}


def tried(worlds, chosen=None):
    """Send the requests with and without more fields; return what climbed, and which were taken."""
    ours, theirs = worlds
    known, found, taken = by_name(), [], set()
    requests = [one for one in requests_of(ours) if not chosen or one.operation in chosen]
    clients = {one.who: sign_in(quiet(), ours.people[one.who], fresh_at=AT) for one in requests}
    trial = Trial()
    for asked in requests:
        extra, client = climbed(known[asked.operation], theirs), clients[asked.who]
        answer, wrong = climbs(
            trial, asked, extra, lambda body, c=client, a=asked: send(c, a, body)
        )
        found += [f"{asked.operation}: {one}" for one in wrong]
        if answer.status_code < 300:
            taken.add(asked.operation)
    return found, taken


def test_no_field_besides_is_taken_by_the_api(worlds):
    found, taken = tried(worlds, FIRST)

    assert found == []
    assert taken == FIRST


@pytest.mark.full
def test_no_field_besides_is_taken_by_any_request_of_the_api(worlds):
    found, taken = tried(worlds)

    assert found == []
    assert taken >= TAKEN, TAKEN - taken


@pytest.mark.full
def test_the_description_names_what_each_request_takes():
    open_ended = {
        operation["operationId"]
        for _, _, operation in operations("post", "put", "patch")
        if shape_of(operation).get("additionalProperties") is True
    }

    # The fields of a command are its own: GET /incident-commands names them, the next test tries.
    assert open_ended == {"incidents_command"}


@pytest.mark.full
def test_no_field_besides_is_taken_by_a_command(worlds):
    ours, theirs = worlds
    of = ours.of.house
    extra = climbed({}, theirs)
    client = sign_in(quiet(), of.owner, fresh_at=AT)
    trial, answered = Trial(), set()

    for command in PERSONAL:
        path = f"/incidents/{ours.incident.number}/commands/{command}"
        asked = Asked("incidents_command", "owner", path, extra, seen=ours.incident.version)
        answer, made = trial.of(lambda a=asked: send(client, a, None, **{"Idempotency-Key": "k"}))
        answered.add(answer.status_code)
        stored = json.dumps(made)
        assert str(theirs.people["employee"].pk) not in stored, command
        assert LONG_PAST[:10] not in stored, command

    assert answered & {400, 403, 409}
    assert not answered & {500}


def forms_of(world):
    """Return forms of pages, each with who sends it and what it asks for."""
    house = world.of.house
    unit = str(house.unit.pk)
    return [
        ("administrator", "/people/new/",
         {"email": "new@example.org", "name": "New", "unit": unit, "title": ""}),
        ("administrator", f"/units/{unit}/rename/", {"name": "Other", "reason": "as agreed"}),
        ("engineer", f"/systems/{house.system.slug}/version-draft/",
         {"label": "9.9", "kind": "digest", "digest": "sha256:" + "9" * 64, "changelog": "x"}),
    ]  # fmt: skip


@pytest.mark.full
def test_no_field_besides_is_taken_by_the_forms_of_pages(worlds):
    ours, theirs = worlds
    trial, found, taken = Trial(), [], []

    for who, path, form in forms_of(ours):
        client = sign_in(quiet(), ours.people[who], fresh_at=AT)
        extra = {key: value for key, value in climbed({}, theirs).items() if key not in form}
        # `unit`, `system` and the like are fields of these forms, or of none of them.
        extra = {key: value for key, value in extra.items() if key not in ("unit", "system")}
        answer, wrong = climbs(
            trial,
            Asked(path, who, path, form),
            extra,
            lambda body, c=client, p=path: c.post(p, body),
            good=302,
        )
        found += [f"{path}: {one}" for one in wrong]
        taken.append((path, answer.status_code))

    assert found == []
    assert {code for _, code in taken} == {302}, taken
