"""One entry: what changed, from where, the exact bytes, and the proof that anybody can follow."""

import hashlib
import json
from base64 import b64decode

import pytest

from ledger.models import Entry, Leaf
from ledger.rules.commitments import Personal
from ledger.rules.lines import leaf_hash
from ledger.rules.merkle import verify_inclusion
from ledger.rules.notes import Note, Verifier, head_of
from ledger.selectors.checkpoints import keys, newest_seal
from ledger.selectors.lines import line, lines_of_incident
from ledger.selectors.reach import Reach
from ledger.selectors.search import Wanted, found_page
from tests.governance.ledger_room import bytes_of, sealed, written
from tests.governance.pages import AT, seen, signed_in, stand_at, text_of
from tests.incidents import factory as cases

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
WHOLE = Reach("nobody", all_systems=True, organisation=True)


@pytest.fixture
def house():
    return cases.house()


def test_an_entry_shows_before_and_after_reason_and_where(client, house):
    number = written(
        before={"state": "OPEN", "owner": None},
        after={"state": "CLOSED", "owner": "x"},
        reason="It is over.",
        details={"code": "T16", "nested": {"a": [1, 2]}},
        by=cases.acting(house.owner),
    )

    response = signed_in(client, house.auditor).get(f"/ledger/{number}/")

    html, text = response.content.decode(), text_of(response)
    assert "<del>OPEN</del>" in html
    assert "<ins>CLOSED</ins>" in html
    assert "not set" in text
    assert "It is over." in text
    assert "nested.a 1, 2" in text
    assert house.owner.name in text


def test_a_field_that_stayed_is_not_told_as_changed_and_stands_last(client, house):
    number = written(
        before={"severity": "moderate", "state": "OPEN", "note": ""},
        after={"severity": "moderate", "state": "CLOSED", "note": ""},
    )

    response = signed_in(client, house.auditor).get(f"/ledger/{number}/")

    html, text = response.content.decode(), text_of(response)
    assert (html.count("<del>"), html.count("<ins>")) == (1, 1)
    assert text.count("unchanged") == 2
    assert text.index("CLOSED") < text.index("moderate unchanged")


def test_an_unsealed_entry_says_when_it_will_be_sealed_and_shows_its_bytes(client, house):
    number = written(at=AT)
    stand_at(AT)

    response = signed_in(client, house.auditor).get(f"/ledger/{number}/")

    text = text_of(response)
    assert "Not sealed yet" in text
    assert "It is due by" in text
    assert hashlib.sha256(bytes(Entry.objects.get(pk=number).body)).hexdigest() in text
    assert "Download the proof" not in text


def test_an_entry_that_is_not_sealed_in_time_says_that_the_sealer_is_late(client, house):
    number = written(at=AT.replace(hour=1))

    assert "the sealer is late or stopped" in seen(client, f"/ledger/{number}/", house.auditor)


def test_a_sealed_entry_shows_its_exact_line_and_a_proof_that_holds(client, house):
    numbers = [written() for _ in range(6)]
    sealed()

    text = seen(client, f"/ledger/{numbers[3]}/", house.auditor)

    leaf = Leaf.objects.get(entry_id=numbers[3])
    assert "Verified" in text
    assert "PASS The bytes give the leaf" in text
    assert f"give the root of checkpoint {newest_seal().size}" in text
    assert "PASS The checkpoint is signed by key" in text
    assert "SKIP No time stamp from outside covers it yet" in text
    assert "equal" in text
    assert bytes(leaf.hash).hex() in text
    assert keys()[0].vkey in text.replace("&#x2B;", "+")


@pytest.mark.bypass
def test_an_entry_that_was_changed_after_sealing_fails_on_its_page(client, house, monkeypatch):
    number = written()
    sealed()
    known = line(number=number)
    monkeypatch.setattr(
        "governance.selectors.pages.ledger_proof.sealed_line_of",
        lambda _: b'{"forged":true}' if known else b"",
    )

    text = seen(client, f"/ledger/{number}/", house.auditor)

    assert "Not verified" in text
    assert "FAIL The bytes do not give the leaf" in text
    assert "not equal" in text
    assert "Change nothing and keep everything." in text


def test_the_line_that_is_downloaded_hashes_to_the_leaf(client, house):
    number = written()
    sealed()

    response = signed_in(client, house.auditor).get(f"/ledger/{number}/line.json")

    content = bytes_of(response)
    assert leaf_hash(content) == bytes(Leaf.objects.get(entry_id=number).hash)
    assert json.loads(content)["number"] == number
    assert response["Content-Disposition"] == f'attachment; filename="entry-{number}.json"'


def test_the_proof_that_is_downloaded_leads_from_the_line_to_the_signed_root(client, house):
    numbers = [written() for _ in range(9)]
    sealed()
    signed_in(client, house.auditor)

    proof = bytes_of(client.get(f"/ledger/{numbers[4]}/proof.tlog-proof")).decode()
    exact = bytes_of(client.get(f"/ledger/{numbers[4]}/line.json"))

    head, _, note = proof.partition("\n\n")
    kind, index, *path = head.split("\n")
    found = head_of(note)
    seq = int(index.removeprefix("index "))
    assert kind == "c2sp.org/tlog-proof@v1"
    assert Note.parse(note).signed_by(Verifier.parse(keys()[0].vkey))
    assert verify_inclusion(
        leaf_hash(exact), seq, found.size, [b64decode(one) for one in path], found.root
    )


@pytest.mark.parametrize("path", ["line.json", "proof.tlog-proof"])
def test_what_is_not_sealed_has_no_line_and_no_proof(client, house, path):
    number = written()

    response = signed_in(client, house.auditor).get(f"/ledger/{number}/{path}")

    assert response.status_code == 409
    assert "not sealed yet" in text_of(response)


def test_taking_a_proof_along_is_on_record(client, house):
    number = written()
    sealed()

    signed_in(client, house.auditor).get(f"/ledger/{number}/proof.tlog-proof")

    (found,) = found_page(
        wanted=Wanted(verbs=["ledger.downloaded"]), reach=WHOLE, before=None, limit=9
    )
    seq = Leaf.objects.get(entry_id=number).seq
    assert found.body["details"] == {"entries": 1, "form": "proof", "number": number, "seq": seq}
    assert found.body["who"]["id"] == str(house.auditor.pk)


@pytest.mark.parametrize("path", ["", "line.json", "proof.tlog-proof"])
def test_an_entry_out_of_reach_is_not_there(client, house, path):
    number = written(verb="role.granted", subject=("user", "x", "somebody"))
    sealed()

    for reader in (house.stranger, house.owner):
        assert signed_in(client, reader).get(f"/ledger/{number}/{path}").status_code == 404


def test_an_owner_reads_the_entries_of_their_incident(client, house):
    incident = cases.opened(house)
    (found, *_) = lines_of_incident(incident_id=incident.pk)

    assert incident.number in seen(client, f"/ledger/{found.number}/", house.owner)


def test_erased_and_withheld_values_are_shown_as_such(client, house):
    kept = Personal("Anna Kept", subject="", kind="text", fresh=True)
    shut = Personal("Berta Shut", subject="", kind="text", fresh=True, private=True)
    number = written(after={"kept": kept, "shut": shut}, subject=("user", "x", kept))

    response = signed_in(client, house.auditor).get(f"/ledger/{number}/")

    html = response.content.decode()
    assert "<ins>Anna Kept</ins>" in html
    assert "Berta Shut" not in html
    assert "withheld (" in html
    assert "ledger-shut" in html


def test_neighbours_that_may_not_be_read_are_not_named(client, house):
    first = written(system=house.system)
    hidden = written()
    last = written(system=house.system)

    html = signed_in(client, house.owner).get(f"/ledger/{last}/").content.decode()

    assert f'href="/ledger/{first}/"' in html
    assert f"/ledger/{hidden}/" not in html


def test_the_newest_checkpoint_is_the_one_it_is_proved_against(client, house):
    number = written()
    sealed()
    written()
    sealed()

    text = seen(client, f"/ledger/{number}/", house.auditor)

    assert f"root of checkpoint {newest_seal().size}" in text
