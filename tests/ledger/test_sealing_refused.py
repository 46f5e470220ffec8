"""The sealer signs nothing that does not extend what it signed before, and says what to do."""

import json
import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.models import Checkpoint, Leaf, Queue
from ledger.rules.merkle import root_of
from ledger.rules.notes import Ed25519Signer, checkpoint_text, sign
from ledger.rules.refusals import SealRefused
from ledger.selectors.tree import leaf_hashes
from ledger.services.keys import key_path, load_key, prepare_next
from ledger.services.origins import reopen_log
from ledger.services.rotation import rotate_key
from ledger.services.sealing import seal
from tests.ledger.sealed import (
    AT,
    OPERATOR,
    ORIGIN,
    as_owner,
    kept_lines,
    newest,
    restore,
    sealed,
    write,
)


def refused(words):
    """Let the sealer refuse; return the code. Nothing may have been sealed or lost."""
    leaves, seals, waiting = Leaf.objects.count(), Checkpoint.objects.count(), Queue.objects.count()
    with pytest.raises(SealRefused, match=words) as found:
        seal(at=AT)
    assert (leaves, seals) == (Leaf.objects.count(), Checkpoint.objects.count())
    assert Queue.objects.count() == waiting
    return found.value.code


def tamper(url, statement, *parameters):
    with as_owner(url) as owner:
        assert owner.execute(statement, parameters).rowcount == 1


def rewrite(folder, **changes):
    """Change the last line outside."""
    lines = kept_lines(folder)
    lines[-1] |= changes
    path = folder / "checkpoints.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_a_restored_backup_is_refused(own_database):
    sealed(3)
    size = newest().size
    sealed(3)
    restore(own_database, size)
    write()

    assert refused("older copy.*ledger_origin NEW") == "restored"


def test_a_backup_from_before_a_rotation_is_refused_as_such(own_database):
    sealed(3)
    size = newest().size
    rotate_key(reason="yearly", actor=OPERATOR, at=AT)
    restore(own_database, size)
    write()

    assert refused("older copy.*ledger_origin NEW") == "restored"


@pytest.mark.full
def test_a_backup_from_before_a_new_origin_is_refused(own_database):
    sealed(3)
    size = newest().size
    reopen_log(origin="example.org/ledger-2", reason="key lost", actor=OPERATOR, at=AT)
    restore(own_database, size)
    write()

    assert refused("signed by no key of this") == "foreign_log"


@pytest.mark.full
def test_a_backup_from_before_the_first_seal_is_refused(own_database):
    sealed(3)
    restore(own_database, 0)
    write()

    assert refused("this database has sealed nothing") == "restored"


@pytest.mark.full
def test_a_restored_backup_that_was_written_to_again_is_refused(own_database):
    sealed(3)
    size = newest().size
    sealed(3)
    restore(own_database, size)
    write(3)
    with as_owner(own_database) as owner:
        owner.execute(
            "INSERT INTO ledger_leaf (seq, stream, stream_seq, sealed_at, hash, entry_id)"
            " SELECT %s - 1 + row_number() OVER (ORDER BY entry_id), 'organisation',"
            " %s - 1 + row_number() OVER (ORDER BY entry_id), now(), decode(repeat('00', 32),"
            " 'hex'), entry_id FROM ledger_queue",
            [size, size],
        )

    assert refused("root at .* is not the one kept outside") == "tree_changed"


@pytest.mark.full
def test_the_deletion_of_the_last_leaves_is_refused(own_database):
    sealed(5)
    tamper(own_database, "DELETE FROM ledger_leaf WHERE seq = 5")

    assert refused("holds 5 sealed entries.*says 6") == "restored"


@pytest.mark.full
def test_a_changed_leaf_is_refused(own_database):
    sealed(5)
    tamper(own_database, "UPDATE ledger_leaf SET hash = %s WHERE seq = 4", bytes(32))

    assert refused("root at .* is not the one kept outside") == "tree_changed"


@pytest.mark.full
def test_a_missing_leaf_at_the_edge_is_refused(own_database):
    sealed(5)
    tamper(own_database, "DELETE FROM ledger_leaf WHERE seq = 3")

    assert refused("leaf 3 is not stored") == "tree_changed"


@pytest.mark.full
def test_a_changed_node_is_refused(own_database):
    sealed(260)
    tamper(own_database, "UPDATE ledger_node SET hash = %s", bytes(32))

    assert refused("root at .* is not the one kept outside") == "tree_changed"


@pytest.mark.full
def test_a_leaf_that_no_checkpoint_covers_is_refused(own_database):
    sealed(3)
    (number,) = write()
    Leaf.objects.create(
        seq=4, entry_id=number, stream="organisation", stream_seq=4, sealed_at=AT, hash=bytes(32)
    )

    assert refused("5 leaves, but checkpoints for 4") == "tree_changed"


@pytest.mark.full
@pytest.mark.parametrize("column", ["root", "frontier"])
def test_a_changed_checkpoint_row_does_not_make_another_tree(own_database, column):
    sealed(3)
    root = bytes(newest().root)
    tamper(own_database, f"UPDATE ledger_checkpoint SET {column} = %s", bytes(32))

    sealed(1)

    assert newest().size == 5
    assert bytes(newest().root) != root


@pytest.mark.full
def test_a_changed_note_in_the_database_is_refused(own_database):
    sealed(3)
    other = Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate())
    note = sign(checkpoint_text(ORIGIN, 4, bytes(32)), other)
    tamper(own_database, "UPDATE ledger_checkpoint SET note = %s", note)

    assert refused("not the one kept outside") == "tree_changed"


def ahead(root, signer):
    """A leaf and its checkpoint that somebody wrote past the sealer."""
    (number,) = write()
    Leaf.objects.create(
        seq=4, entry_id=number, stream="organisation", stream_seq=4, sealed_at=AT, hash=bytes(32)
    )
    Queue.objects.all().delete()
    Checkpoint.objects.create(
        origin=ORIGIN,
        size=5,
        root=root,
        note=sign(checkpoint_text(ORIGIN, 5, root), signer),
        frontier=b"",
        sealed_at=AT,
    )


@pytest.mark.full
def test_a_checkpoint_ahead_of_the_folder_that_we_did_not_sign_is_refused(db):
    sealed(3)
    root = root_of([*leaf_hashes(size=4), bytes(32)])

    ahead(root, Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate()))

    assert refused("do not make the signed root of 5") == "tree_changed"


@pytest.mark.full
def test_a_checkpoint_ahead_of_the_folder_with_another_root_is_refused(db):
    sealed(3)

    ahead(bytes(32), load_key())

    assert refused("do not make the signed root of 5") == "tree_changed"


@pytest.mark.full
def test_a_newest_checkpoint_that_only_an_older_key_signed_is_refused(db):
    sealed(2)
    old = load_key()
    rotate_key(reason="yearly", actor=OPERATOR, at=AT)
    root = root_of([*leaf_hashes(size=4), bytes(32)])

    ahead(root, old)

    assert refused("not signed by the key in force") == "tree_changed"


@pytest.mark.full
def test_a_foreign_key_is_refused(db):
    sealed(3)
    prepare_next(ORIGIN)
    key_path("key.next").replace(key_path())

    assert refused("is not the key of this log") == "foreign_key"


@pytest.mark.full
def test_a_missing_key_is_refused_and_no_new_one_is_made(db):
    sealed(3)
    key_path().unlink()

    assert refused("key is missing.*ledger_origin NEW") == "no_key"
    assert not key_path().exists()


@pytest.mark.full
def test_a_key_that_others_can_read_is_refused(db):
    sealed(3)
    key_path().chmod(0o640)

    assert refused("chmod 600") == "key_open"


@pytest.mark.full
def test_a_key_that_is_none_is_refused(db):
    sealed(3)
    key_path().write_text("not a key")

    assert refused("not readable as a key") == "key_unreadable"


@pytest.mark.full
def test_the_first_key_is_not_made_by_itself_in_production(db, settings):
    settings.DEVELOPMENT = False
    write()

    assert refused("ledger_key create") == "no_key"


@pytest.mark.full
def test_a_changed_frontier_outside_is_refused(db, ledger_folder):
    sealed(4)
    roots = kept_lines(ledger_folder)[-1]["frontier"]
    rewrite(ledger_folder, frontier=roots[::-1])

    assert refused("frontier does not make its signed root") == "frontier_changed"


@pytest.mark.full
def test_the_folder_of_another_log_is_refused(db, ledger_folder):
    sealed(4)
    other = Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate())
    note = sign(checkpoint_text(ORIGIN, 5, bytes(newest().root)), other)
    rewrite(ledger_folder, note=note)
    (ledger_folder / "checkpoint").write_text(note)

    assert refused("signed by no key of this") == "foreign_log"


@pytest.mark.full
def test_the_folder_of_another_origin_is_refused(own_database, ledger_folder):
    sealed(4)
    with as_owner(own_database) as owner:
        owner.execute("UPDATE ledger_checkpoint SET origin = 'other'")

    assert refused("no reopening quotes") == "other_origin"


@pytest.mark.full
def test_an_empty_folder_beside_a_sealed_database_is_refused(db, ledger_folder):
    sealed(4)
    (ledger_folder / "checkpoint").unlink()
    (ledger_folder / "checkpoints.jsonl").unlink()

    assert refused("Put the folder's copy back.*ledger_adopt") == "outside_missing"


@pytest.mark.full
def test_a_list_that_was_cut_is_refused(db, ledger_folder):
    sealed(4)
    sealed(1)
    path = ledger_folder / "checkpoints.jsonl"
    path.write_text(path.read_text().splitlines()[0] + "\n")

    assert refused("ends before the checkpoint") == "outside_damaged"


@pytest.mark.full
def test_a_list_that_is_gone_beside_its_checkpoint_is_refused(db, ledger_folder):
    sealed(4)
    (ledger_folder / "checkpoints.jsonl").unlink()

    assert refused("ends before the checkpoint") == "outside_damaged"


@pytest.mark.full
@pytest.mark.parametrize("line", ["{}", "[]", "no json", '{"note":1,"sealed":"x","frontier":[]}'])
def test_a_line_that_is_none_is_refused(db, ledger_folder, line):
    sealed(4)
    with (ledger_folder / "checkpoints.jsonl").open("a") as file:
        file.write(line + "\n")

    assert refused("not readable") == "outside_damaged"


@pytest.mark.full
def test_a_checkpoint_file_that_contradicts_the_list_is_refused(db, ledger_folder):
    sealed(4)
    other = Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate())
    (ledger_folder / "checkpoint").write_text(sign(checkpoint_text(ORIGIN, 5, bytes(32)), other))

    assert refused("names another root") == "outside_damaged"


@pytest.mark.full
def test_a_checkpoint_file_that_is_no_note_is_refused(db, ledger_folder):
    sealed(4)
    (ledger_folder / "checkpoint").write_text("hello")

    assert refused("checkpoint is damaged") == "outside_damaged"


@pytest.mark.full
def test_a_folder_that_cannot_be_made_is_refused(db, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.LEDGER_DIR = tmp_path / "file" / "ledger"
    write()

    assert refused("cannot be written") == "outside_unwritable"


@pytest.mark.full
def test_an_origin_that_is_no_key_name_is_refused(db, settings):
    settings.LEDGER_ORIGIN = "two words"
    write()

    assert refused("no key name") == "bad_origin"


@pytest.mark.full
def test_sealing_goes_on_when_the_folders_copy_is_back(db, ledger_folder, tmp_path):
    sealed(4)
    shutil.copytree(ledger_folder, tmp_path / "copy")
    (ledger_folder / "checkpoint").unlink()
    (ledger_folder / "checkpoints.jsonl").unlink()
    write()
    assert refused("holds no checkpoint") == "outside_missing"

    for name in ("checkpoint", "checkpoints.jsonl"):
        shutil.copy(tmp_path / "copy" / name, ledger_folder / name)

    assert seal(at=AT).leaves == 1
