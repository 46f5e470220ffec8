"""After a loss: a new origin that quotes the old log, or the folder written anew, on record."""

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.connectors.outside import Outside
from ledger.models import Checkpoint, Epoch, RowChange
from ledger.rules.notes import Head, Note, head_of, reopening_text
from ledger.rules.refusals import Conflict, Invalid, SealRefused
from ledger.selectors.checkpoints import keys, seals
from ledger.services.keys import key_path
from ledger.services.origins import adopt_checkpoints, reopen_log
from ledger.services.sealing import seal
from tests.ledger.sealed import (
    AT,
    OPERATOR,
    ORIGIN,
    as_owner,
    body_of,
    kept_lines,
    newest,
    restore,
    sealed,
    verbs,
    whole,
    write,
)

NEW = "countersign.example/ledger-2"


def reopen(origin=NEW, reason="restored the backup of 3 May"):
    return reopen_log(origin=origin, reason=reason, actor=OPERATOR, at=AT)


def adopt(reason="the disk died"):
    return adopt_checkpoints(reason=reason, actor=OPERATOR, at=AT)


def restored(url):
    """A database that was put back to its first checkpoint; returns the note it lost."""
    sealed(3)
    size = newest().size
    sealed(3)
    lost = newest().note
    restore(url, size)
    return lost


def test_a_restored_database_goes_on_under_a_new_origin_that_quotes_the_old_log(own_database):
    lost = restored(own_database)
    write(2)

    done = reopen()

    body = body_of(4)
    head = head_of(lost)
    assert verbs()[4] == "ledger.reopened"
    assert body["details"]["origin"] == NEW
    assert body["details"]["key"] == keys()[-1].vkey
    assert body["details"]["previous"]["note"] == lost
    assert body["details"]["previous"]["origin"] == head.origin
    assert body["details"]["previous"]["size"] == head.size == 7
    assert body["reason"] == "restored the backup of 3 May"
    assert head_of(done.seal.note) == Head(NEW, 7, done.seal.root)
    assert whole()


@pytest.mark.full
def test_the_old_key_hands_over_to_the_new_one_where_it_is_at_hand(own_database):
    lost = restored(own_database)
    old = keys()[-1].vkey

    reopen()

    details = body_of(verbs().index("ledger.reopened"))["details"]
    text = reopening_text(old, details["key"], Note.parse(lost).text)
    public = Ed25519PublicKey.from_public_bytes(b64decode(old.split("+", 2)[2])[1:])
    public.verify(b64decode(details["signature"]), text.encode())


@pytest.mark.full
def test_a_lost_key_hands_nothing_over(db):
    sealed(3)
    key_path().unlink()

    reopen()

    assert "signature" not in body_of(verbs().index("ledger.reopened"))["details"]


@pytest.mark.full
def test_sealing_goes_on_under_the_new_origin_and_key(own_database, ledger_folder):
    restored(own_database)
    reopen()

    sealed(2)

    origins = [head_of(kept["note"]).origin for kept in kept_lines(ledger_folder)]
    assert origins == [ORIGIN, ORIGIN, NEW, NEW]
    assert [seal.origin for seal in seals()] == [ORIGIN, NEW, NEW]
    assert [(key.from_size, key.to_size) for key in keys()] == [(4, 4), (5, None)]
    assert (ledger_folder / "checkpoint").read_text() == newest().note


@pytest.mark.full
@pytest.mark.bypass
def test_row_changes_up_to_the_restore_are_settled_by_an_epoch(own_database):
    restored(own_database)
    with as_owner(own_database) as owner:
        owner.execute(
            "INSERT INTO ledger_rowchange (tab, pk_text, op, txid, role, at)"
            " VALUES ('x', '1', 'U', pg_current_xact_id(), 'r', now())"
        )

    reopen()

    epoch = Epoch.objects.get()
    assert epoch.up_to == RowChange.objects.latest("id").pk
    assert epoch.reason == "restored the backup of 3 May"


@pytest.mark.full
def test_a_database_from_before_the_first_seal_goes_on_too(own_database):
    sealed(3)
    lost = newest().note
    restore(own_database, 0)

    reopen()

    assert body_of(0)["details"]["previous"]["note"] == lost
    assert newest().size == 1
    assert sealed().leaves == 1


@pytest.mark.full
def test_a_lost_key_is_replaced_under_a_new_origin(db):
    sealed(3)
    key_path().unlink()

    reopen()

    assert sealed().leaves == 1
    assert newest().origin == NEW


@pytest.mark.full
def test_a_crash_between_the_reopening_and_the_file_is_caught_up(
    own_database, ledger_folder, monkeypatch
):
    restored(own_database)
    with monkeypatch.context() as dying, pytest.raises(OSError):
        dying.setattr("ledger.services.signing.promote_next", _die)
        reopen()

    sealed(2)

    origins = [head_of(kept["note"]).origin for kept in kept_lines(ledger_folder)]
    assert origins == [ORIGIN, ORIGIN, NEW, NEW]
    assert (ledger_folder / "checkpoint").read_text() == newest().note


def _die(*_):
    raise OSError


@pytest.mark.full
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"reason": " "}, "Say why"),
        ({"origin": "two words"}, "no key name"),
        ({"origin": ORIGIN}, "was an origin of this log already"),
    ],
)
def test_a_reopening_that_is_not_well_asked_is_refused(db, arguments, words):
    sealed()

    with pytest.raises(Invalid, match=words):
        reopen(**arguments)


@pytest.mark.full
def test_a_log_that_was_never_opened_is_not_reopened(db):
    with pytest.raises(SealRefused, match="Nothing is sealed yet"):
        reopen()


@pytest.mark.full
def test_a_tree_that_was_changed_is_not_taken_along(own_database):
    sealed(300)
    with as_owner(own_database) as owner:
        owner.execute("UPDATE ledger_leaf SET hash = %s WHERE seq = 7", [bytes(32)])

    with pytest.raises(SealRefused, match="do not make the signed root"):
        reopen()


def lose(folder):
    (folder / "checkpoint").unlink()
    (folder / "checkpoints.jsonl").unlink()


@pytest.mark.full
def test_a_lost_folder_is_written_anew_and_that_is_on_record(db, ledger_folder):
    sealed(3)
    sealed(3)
    lose(ledger_folder)

    adopt()

    sizes = [head_of(kept["note"]).size for kept in kept_lines(ledger_folder)]
    body = body_of(7)
    assert verbs()[7] == "ledger.adopted"
    assert body["reason"] == "the disk died"
    assert body["details"]["lost"] == "outside_missing"
    assert body["who"]["name"] == "operator"
    assert sizes == [4, 7, 8]
    assert sealed().leaves == 1


@pytest.mark.full
def test_a_damaged_folder_is_put_aside_and_not_lost(db, ledger_folder):
    sealed(3)
    (ledger_folder / "checkpoints.jsonl").write_text("garbage\n")

    adopt()

    assert (ledger_folder / "checkpoints.jsonl.replaced-1").read_text() == "garbage\n"
    assert sealed().leaves == 1


@pytest.mark.full
def test_a_folder_is_written_anew_over_a_reopening_too(own_database, ledger_folder):
    restored(own_database)
    reopen()
    sealed()
    lose(ledger_folder)

    adopt()

    assert len(kept_lines(ledger_folder)) == Checkpoint.objects.count()
    assert sealed().leaves == 1


@pytest.mark.full
def test_adopting_where_nothing_is_lost_is_refused(db):
    sealed()

    with pytest.raises(Conflict, match="nothing to adopt"):
        adopt()


@pytest.mark.full
def test_a_restored_backup_cannot_be_adopted(own_database):
    restored(own_database)

    with pytest.raises(SealRefused, match="ledger_origin NEW"):
        adopt()


@pytest.mark.full
def test_a_changed_tree_cannot_be_adopted(own_database, ledger_folder):
    sealed(300)
    with as_owner(own_database) as owner:
        owner.execute("UPDATE ledger_leaf SET hash = %s WHERE seq = 7", [bytes(32)])
    lose(ledger_folder)

    with pytest.raises(SealRefused, match="do not make the signed root"):
        adopt()

    assert not (ledger_folder / "checkpoint").exists()


@pytest.mark.full
def test_a_crash_while_adopting_leaves_the_folder_to_be_adopted_again(
    db, ledger_folder, monkeypatch
):
    sealed(3)
    lose(ledger_folder)
    with monkeypatch.context() as dying, pytest.raises(OSError):
        dying.setattr(Outside, "start_anew", _die)
        adopt()
    with pytest.raises(SealRefused):
        seal(at=AT)

    adopt()

    assert verbs().count("ledger.adopted") == 2
    assert sealed().leaves == 1
