"""Whole logs forged: keys swapped, clocks set back, backups restored, everything signed again.

What nothing here can see stands at the end, and in docs/ledger/proved.md.
"""

import datetime as dt
import json
import shutil

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, connections

from ledger import clock
from ledger.connectors.outside import Kept
from ledger.models import Checkpoint, Entry, Leaf
from ledger.rules.merkle import Frontier
from ledger.rules.notes import Ed25519Signer, Note, Verifier, head_of
from ledger.rules.refusals import SealRefused
from ledger.services.keys import load_key
from ledger.services.sealing import seal
from tests.ledger.forger import first_bad, other_body, rewrite, tamper, wrong
from tests.ledger.sealed import AT, ORIGIN, as_owner, newest, sealed, write

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def log(own_database):
    """A log of 11 leaves under two checkpoints; yields the application role's URL."""
    sealed(5)
    sealed(5)
    return own_database


def test_a_swapped_key_is_not_the_one_that_the_first_leaf_names(log):
    thief = Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate())
    rewrite(log, thief)
    tamper(log, "UPDATE ledger_signingkey SET vkey = %s, key_id = %s", thief.vkey,
           thief.key_id.hex())  # fmt: skip

    found = wrong()

    assert set(found) == {"keys"}
    assert found["keys"].startswith("the checkpoint of 6 is not signed by the key in force")
    with pytest.raises(SealRefused):
        seal(at=AT)


@pytest.mark.full
def test_a_key_in_the_table_that_no_leaf_names_is_named(log):
    thief = Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate())
    with psycopg.connect(log) as session:
        session.execute("INSERT INTO ledger_signingkey (key_id, origin, vkey, from_size, since)"
                        " VALUES (%s, %s, %s, 11, now())",
                        [thief.key_id.hex(), ORIGIN, thief.vkey])  # fmt: skip

    assert f"{thief.vkey} is named by no leaf" in wrong()["keys"]


@pytest.mark.full
def test_a_clock_that_is_set_back_stops_the_sealer_which_says_so(log):
    write()
    clock.shift(-HOUR)
    try:
        with pytest.raises(SealRefused, match="it was set back") as found:
            seal(at=AT)
    finally:
        clock.shift(dt.timedelta(0))

    assert found.value.code == "clock_set_back"


@pytest.mark.full
def test_a_log_that_was_sealed_with_a_clock_set_back_is_named(log):
    entry = Entry.objects.get(leaf__seq=8)
    rewrite(log, load_key(), sealed={entry.pk: entry.leaf.sealed_at - HOUR})

    assert "before its forerunner" in wrong()["times"]
    assert first_bad("times") == entry.pk


@pytest.mark.full
def test_a_restored_backup_is_told_by_the_checkpoint_kept_outside(own_database, server):
    sealed(5)
    present, backup = connection.settings_dict["NAME"], f"{own_name()}_backup"
    clone(server, present, backup)
    sealed(5)
    use(backup)
    try:
        found = wrong()
        write()
        with pytest.raises(SealRefused) as refused:
            seal(at=AT)
    finally:
        use(present)
        drop(server, backup)

    assert found == {"outside": "the checkpoint of 11 kept outside is larger than the log of 6: a"
                     " restored copy, or leaves were cut off"}  # fmt: skip
    assert refused.value.code == "restored"


@pytest.mark.full
def test_a_restored_backup_that_went_on_by_itself_is_told_too(own_database, server, ledger_folder):
    sealed(5)
    present, backup = connection.settings_dict["NAME"], f"{own_name()}_backup"
    clone(server, present, backup)
    aside = ledger_folder.with_name("aside")
    shutil.copytree(ledger_folder, aside)
    sealed(5)
    kept = (ledger_folder / "checkpoints.jsonl").read_bytes()
    shutil.rmtree(ledger_folder)
    aside.rename(ledger_folder)
    use(backup)
    try:
        sealed(7)
        (ledger_folder / "checkpoints.jsonl").write_bytes(kept)
        found = wrong()
    finally:
        use(present)
        drop(server, backup)

    assert "the checkpoint of 11 kept outside names another root" in found["outside"]


def own_name():
    return connection.settings_dict["NAME"]


def clone(server, name, copy):
    connections.close_all()
    with psycopg.connect(server.admin, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {copy} TEMPLATE {name} OWNER countersign_owner")


def drop(server, name):
    with psycopg.connect(server.admin, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def use(name):
    connections.close_all()
    connection.settings_dict["NAME"] = name


@pytest.mark.full
def test_an_operator_who_signs_everything_again_is_told_by_what_is_kept_outside(log):
    number, body = other_body(4)
    tamper(log, "UPDATE ledger_entry SET body = %s WHERE id = %s", body, number)
    rewrite(log, load_key())

    found = wrong()

    assert set(found) == {"outside"}
    assert "the checkpoint of 6 kept outside names another root" in found["outside"]


@pytest.mark.full
def test_who_rewrites_the_folder_too_is_told_only_by_a_checkpoint_that_somebody_else_holds(
    log, ledger_folder
):
    held = newest().note
    number, body = other_body(4)
    tamper(log, "UPDATE ledger_entry SET body = %s WHERE id = %s", body, number)
    rewrite(log, load_key())
    write_folder_anew(ledger_folder)

    assert wrong() == {}
    assert head_of(held).root != bytes(Checkpoint.objects.get(size=head_of(held).size).root)
    assert Note.parse(held).signed_by(load_key_verifier())


def load_key_verifier():
    return Verifier.parse(load_key().vkey)


def write_folder_anew(folder):
    """Write what is kept outside as a sealer would have that saw the database as it is."""
    hashes = [bytes(row) for row in Leaf.objects.order_by("seq").values_list("hash", flat=True)]
    lines = []
    for row in Checkpoint.objects.order_by("size"):
        tree = Frontier()
        tree.extend(hashes[: row.size])
        lines.append(Kept(row.note, row.sealed_at, tree).line())
    (folder / "checkpoints.jsonl").write_bytes(b"".join(lines))
    (folder / "checkpoint").write_text(row.note)


@pytest.mark.full
def test_a_changed_line_outside_is_named(log, ledger_folder):
    path = ledger_folder / "checkpoints.jsonl"
    first, second = path.read_text().splitlines()
    line = json.loads(first)
    line["note"] = line["note"].replace("\n6\n", "\n7\n")
    path.write_text(f"{json.dumps(line)}\n{second}\n")

    assert "the checkpoint of 7 kept outside names another root" in wrong()["outside"]


@pytest.mark.full
def test_an_empty_folder_outside_is_named(log, ledger_folder):
    shutil.rmtree(ledger_folder)

    assert "no checkpoint is kept outside" in wrong()["outside"]


# ------------------------------------------------------------------- what nothing here can see


@pytest.mark.full
def test_what_was_deleted_before_it_was_sealed_leaves_no_trace_in_the_log(log):
    (number,) = write()
    with as_owner(log) as owner:
        owner.execute("ALTER TABLE ledger_queue DISABLE TRIGGER USER")
        owner.execute("DELETE FROM ledger_queue WHERE entry_id = %s", [number])
        owner.execute("DELETE FROM ledger_entry WHERE id = %s", [number])

    seal(at=AT)

    assert wrong() == {}
