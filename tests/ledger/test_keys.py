"""The key: made once, closed to others, handed over by its own signature."""

from base64 import b64decode

import pytest

from ledger.connectors.outside import Outside
from ledger.models import Checkpoint, SigningKey
from ledger.rules.notes import Note, Verifier, rotation_text
from ledger.rules.refusals import Conflict, Invalid, SealRefused
from ledger.selectors.checkpoints import keys
from ledger.services.keys import create_key, key_path, load_key, prepare_next
from ledger.services.rotation import rotate_key
from ledger.services.sealing import seal
from tests.ledger.sealed import AT, OPERATOR, ORIGIN, body_of, newest, sealed, verbs, whole, write


def rotate(reason="yearly"):
    return rotate_key(reason=reason, actor=OPERATOR, at=AT)


def signers(row):
    """The places in the list of keys that signed a checkpoint."""
    return [
        place
        for place, key in enumerate(keys())
        if Note.parse(row.note).signed_by(Verifier.parse(key.vkey))
    ]


def test_making_the_key_twice_gives_the_same_one(db):
    first = create_key()

    assert create_key().vkey == first.vkey
    assert first.vkey.startswith(f"{ORIGIN}+")
    assert key_path().stat().st_mode & 0o777 == 0o600


def test_the_key_made_before_is_the_one_that_opens_the_log(db, settings):
    settings.DEVELOPMENT = False
    made = create_key()

    sealed()

    assert [key.vkey for key in keys()] == [made.vkey]


def test_no_second_first_key_is_made_when_the_file_is_lost(db):
    sealed()
    key_path().unlink()

    with pytest.raises(SealRefused, match="is missing"):
        create_key()


def test_the_origin_of_the_setting_names_the_first_only(db, settings):
    sealed()
    settings.LEDGER_ORIGIN = "another.example/ledger"

    sealed()

    assert newest().origin == ORIGIN
    assert newest().note.startswith(f"{ORIGIN}\n")


def test_a_rotation_is_a_leaf_signed_by_the_old_key(db):
    sealed(2)

    rotate()

    old, new = keys()
    body = body_of(3)
    signature = b64decode(body["details"]["signature"])
    text = rotation_text(old.vkey, new.vkey).encode()
    assert verbs()[-1] == "ledger.key_rotated"
    assert (body["details"]["old"], body["details"]["new"]) == (old.vkey, new.vkey)
    assert Verifier.parse(old.vkey).verify(text, signature)
    assert (body["reason"], body["who"]["name"]) == ("yearly", "operator")


def test_both_keys_sign_the_checkpoint_over_the_leaf_and_the_new_one_those_after(db):
    sealed(2)
    rotate()
    sealed(2)

    rows = list(Checkpoint.objects.order_by("id"))
    assert [signers(row) for row in rows] == [[0], [0, 1], [1]]
    assert [(key.from_size, key.to_size) for key in keys()] == [(3, 4), (4, None)]


def test_what_waits_is_sealed_with_the_rotation(db):
    sealed()
    write(3)

    rotate()

    assert verbs()[-1] == "ledger.key_rotated"
    assert whole()


def test_the_old_private_key_is_gone_after_the_rotation(db):
    sealed()
    before = key_path().read_bytes()

    rotate()

    assert key_path().read_bytes() != before
    assert not key_path("key.next").exists()


def test_a_crash_between_commit_and_the_new_keys_place_is_finished(db, monkeypatch):
    sealed()
    with monkeypatch.context() as dying, pytest.raises(OSError):
        dying.setattr("ledger.services.signing.promote_next", _die)
        rotate()
    assert key_path("key.next").exists()

    sealed()

    assert not key_path("key.next").exists()
    assert signers(newest()) == [1]
    assert load_key().vkey == keys()[-1].vkey


def test_a_crash_between_the_new_keys_place_and_the_file_is_caught_up(
    db, monkeypatch, ledger_folder
):
    sealed()
    with monkeypatch.context() as dying, pytest.raises(OSError):
        dying.setattr(Outside, "_replace", _die)
        rotate()

    seal(at=AT)

    assert (ledger_folder / "checkpoint").read_text() == newest().note


def test_a_rotation_that_did_not_commit_changes_nothing(own_database, monkeypatch):
    sealed()
    with monkeypatch.context() as dying, pytest.raises(OSError):
        dying.setattr("ledger.services.signing.sign_statements", _die)
        rotate()

    sealed()

    assert signers(newest()) == [0]
    assert SigningKey.objects.count() == 1
    rotate()
    assert signers(newest()) == [0, 1]


def _die(*_):
    raise OSError


def test_a_prepared_key_that_is_in_force_survives_the_next_rotation(db, monkeypatch):
    sealed()
    with monkeypatch.context() as dying, pytest.raises(OSError):
        dying.setattr("ledger.services.signing.promote_next", _die)
        rotate()

    rotate()

    assert [signers(row) for row in Checkpoint.objects.order_by("id")] == [[0], [0, 1], [1, 2]]


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_rotation_without_a_reason_is_refused(db, reason):
    sealed()

    with pytest.raises(Invalid, match="Say why"):
        rotate(reason)


def test_a_rotation_before_the_first_seal_is_refused(db):
    with pytest.raises(SealRefused, match="seal. first"):
        rotate()


def test_a_prepared_key_alone_signs_nothing(db):
    sealed()
    prepare_next(ORIGIN)

    sealed()

    assert signers(newest()) == [0]


def test_a_rotation_waits_for_no_sealer_for_ever(db, monkeypatch, ledger_folder):
    import fcntl

    sealed()
    monkeypatch.setattr("ledger.services.rotation.PATIENCE_SECONDS", 0)

    with (ledger_folder / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Conflict, match="elsewhere"):
            rotate()
