"""The ledger's API: entries by filter and cursor, one with its proof, the log, a token's reach."""

import datetime as dt
import json
from base64 import b64decode

import pytest

from ledger.models import Leaf, VerificationRun
from ledger.rules.lines import leaf_hash
from ledger.selectors.checkpoints import keys, newest_seal
from ledger.selectors.reach import Reach
from ledger.selectors.search import Wanted, found_page
from ledger.services.verification import run_waiting
from tests.governance.ledger_room import bytes_of, sealed, written
from tests.governance.pages import AT, signed_in
from tests.incidents import factory as cases
from tests.registry import factories as registry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
WHOLE = Reach("nobody", all_systems=True, organisation=True)
ROOT = "/api/v1/ledger"


@pytest.fixture
def house():
    return cases.house()


def got(client, path, reader=None, *, status=200, **headers):
    if reader is not None:
        signed_in(client, reader)
    response = client.get(f"{ROOT}/{path}", **headers)
    assert response.status_code == status, response.content
    return json.loads(bytes_of(response)) if status == 200 else response.json()


def token(house, *scopes):
    """Return the header of a token for the house's system."""
    _, plain = registry.token(
        scopes=scopes, systems=[house.system], expires_at=AT + dt.timedelta(days=30)
    )
    return {"HTTP_AUTHORIZATION": f"Token {plain}"}


def numbers(answer):
    return [row["number"] for row in answer["results"]]


def test_every_endpoint_asks_who_calls(client):
    for path in ("entries", "entries/1", "entries.csv", "exceptions", "checkpoints", "keys",
                 "verifications", "entries/1/proof"):  # fmt: skip
        assert client.get(f"{ROOT}/{path}").status_code in (401, 403), path


def test_entries_come_in_pages_that_a_cursor_joins(client, house):
    made = [written() for _ in range(5)]

    first = got(client, "entries?verb=system.changed&limit=2", house.auditor)
    rest = got(client, f"entries?verb=system.changed&before={first['next']}")

    assert numbers(first) + numbers(rest) == made[::-1]
    assert (first["count"], first["more"]) == (5, False)
    assert rest["next"] is None


def test_an_entry_tells_who_did_what_to_what(client, house):
    written(by=cases.acting(house.owner), system=house.system, after={"a": 1}, reason="because")

    (row,) = got(client, "entries?verb=system.changed", house.auditor)["results"]

    assert row["actor"]["id"] == str(house.owner.pk)
    assert row["actor"]["name"] == house.owner.name
    assert row["object"]["type"] == "system"
    assert row["system"] == str(house.system.pk)
    assert (row["after"], row["reason"], row["seq"]) == ({"a": 1}, "because", None)


def test_a_filter_that_cannot_be_read_is_a_problem_with_its_field(client, house):
    problem = got(client, "entries?since=soon", house.auditor, status=400)

    assert problem["code"] == "filter_unreadable"
    assert "no instant" in problem["fields"]["since"]


def test_one_entry_carries_bytes_line_and_a_proof_that_holds(client, house):
    number = written()
    sealed()

    entry = got(client, f"entries/{number}", house.auditor)

    proof = entry["proof"]
    assert leaf_hash(entry["line"].encode()) == bytes(Leaf.objects.get(entry_id=number).hash)
    assert proof["root"] == proof["signed_root"] == newest_seal().root.hex()
    assert {check["result"] for check in proof["checks"]} == {"PASS", "SKIP"}
    assert json.loads(entry["line"])["entry"] == json.loads(entry["body"])


def test_an_entry_out_of_reach_is_not_there(client, house):
    number = written(verb="role.granted")

    problem = got(client, f"entries/{number}", house.owner, status=404)

    assert problem["code"] == "not_found"


def test_a_token_reads_its_systems_and_nothing_of_the_organisation(client, house):
    mine = written(system=house.system)
    incident = cases.opened(house)
    written(verb="role.granted")
    written(system=registry.system(of=house.unit))
    header = token(house, "ledger:read")

    found = got(client, "entries?verb=system.changed", **header)

    assert numbers(found) == [mine]
    assert numbers(got(client, f"entries?about={incident.number}", **header))
    assert numbers(got(client, "entries?verb=role.granted", **header)) == []


def test_a_token_without_the_scope_is_refused(client, house):
    problem = got(client, "entries", status=403, **token(house, "read"))

    assert problem["code"] == "scope_missing"


def test_files_are_those_of_the_list(client, house):
    number = written(system=house.system)
    sealed()
    header = token(house, "ledger:read")

    line = bytes_of(client.get(f"{ROOT}/entries.jsonl?verb=system.changed", **header))
    sheet = bytes_of(client.get(f"{ROOT}/entries.csv?verb=system.changed", **header)).decode()

    assert json.loads(line)["number"] == number
    assert sheet.splitlines()[1].startswith(f"{number},")
    found = found_page(
        wanted=Wanted(verbs=["ledger.downloaded"]), reach=WHOLE, before=None, limit=9
    )
    assert [line.actor_kind for line in found] == ["token", "token"]


def test_exceptions_come_with_the_count_of_every_group(client, house):
    number = written(verb="request.refused")

    answer = got(client, "exceptions", house.auditor)

    counts = {row["group"]: row["count"] for row in answer["groups"]}
    assert numbers(answer) == [number]
    assert counts["refused"] == 1
    assert counts["emergency_stop"] == 0
    assert answer["results"][0]["exception"] == "refused"


def test_the_proof_is_a_file_once_it_can_be(client, house):
    number = written()
    early = got(client, f"entries/{number}/proof", house.auditor, status=409)
    sealed()

    late = client.get(f"{ROOT}/entries/{number}/proof")

    assert early["code"] == "not_sealed"
    assert bytes_of(late).startswith(b"c2sp.org/tlog-proof@v1\nindex ")


def test_checkpoints_and_keys_are_those_of_the_log(client, house):
    written()
    sealed()
    size = newest_seal().size
    header = token(house, "ledger:read")

    listed = got(client, "checkpoints", **header)
    one = got(client, f"checkpoints/{size}", **header)

    assert [row["size"] for row in listed["results"]] == [size]
    assert one["note"] == newest_seal().note
    assert one["root"] == newest_seal().root.hex()
    assert [check["result"] for check in one["checks"]] == ["PASS", "PASS"]
    assert [row["vkey"] for row in got(client, "keys", **header)] == [keys()[0].vkey]
    assert b64decode(keys()[0].vkey.split("+", 2)[2])[:1] == b"\x01"


def test_a_verification_is_asked_for_and_read(client, house):
    written()
    sealed()
    asked = signed_in(client, house.auditor).post(f"{ROOT}/verifications")
    run_waiting(AT)

    done = client.get(asked["Location"]).json()

    assert asked.status_code == 202
    assert done["state"] == "passed"
    assert {claim["result"] for claim in done["claims"]} <= {"PASS", "SKIP"}
    assert [row["id"] for row in got(client, "verifications")] == [done["id"]]


def test_only_who_audits_may_verify_and_no_token(client, house):
    by_owner = signed_in(client, house.owner).post(f"{ROOT}/verifications")
    client.logout()
    by_token = client.post(f"{ROOT}/verifications", **token(house, "ledger:read"))

    assert (by_owner.status_code, by_token.status_code) == (403, 403)
    assert by_token.json()["code"] == "person_needed"
    assert not VerificationRun.objects.exists()


def test_a_search_is_on_record_once_an_hour(client, house):
    got(client, "entries?refused=1", house.auditor)
    got(client, "entries?refused=1")

    found = found_page(wanted=Wanted(verbs=["ledger.searched"]), reach=WHOLE, before=None, limit=9)
    assert [line.body["from"]["channel"] for line in found] == ["api"]
