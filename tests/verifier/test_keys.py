"""Keys that change: rotation and reopening, whichever side the pinned key is on."""

import json

import pytest

from tests.verifier import making
from tests.verifier.test_packs import AUDIT, mended

NEW = making.Signer("second key")
THIRD = making.Signer("third key")
AFTER = making.Signer("key after the fire", "countersign.example/ledger-2")


def rotated():
    """A ledger whose key was replaced twice."""
    ledger = making.story(rounds=1)
    for key in (NEW, THIRD):
        ledger.rotate(key)
        ledger.checkpoint()
        making.story(ledger, rounds=1)
    return ledger


def reopened(*, linked=False):
    """A ledger restored from a backup, and the checkpoint that was lost."""
    lost = making.story(rounds=3).checkpoints[-1][1]
    ledger = making.story(rounds=2)
    ledger.reopen(AFTER, lost, linked=linked)
    ledger.checkpoint()
    return making.story(ledger, rounds=1), lost.encode()


@pytest.mark.parametrize("signer", [making.Signer(), NEW, THIRD])
def test_every_key_of_the_chain_may_be_pinned(check, signer):
    said = check(making.export(rotated()), signer.vkey)

    assert said.code == 0, said.words
    assert "of 3 in an unbroken chain" in said.words["keys"]


@pytest.mark.parametrize("signer", [making.Signer(), NEW, THIRD])
def test_a_partial_pack_holds_the_leaves_of_the_rotation(check, signer):
    said = check(making.pack(rotated()), signer.vkey)

    assert said.code == 0, said.words


@pytest.mark.parametrize("signer", [making.Signer(), NEW])
def test_pak_09_a_pack_without_the_leaf_of_the_rotation_fails_with_the_reason(check, signer):
    ledger = rotated()
    files = making.pack(ledger)
    near = files[f"{AUDIT}/neighbours.jsonl"].split(b"\n")[:-1]
    near = [line for line in near if b"ledger.key_rotated" not in line]
    files[f"{AUDIT}/neighbours.jsonl"] = making.jsonl(near)

    said = check(mended(files, ledger), signer.vkey)

    assert said.code == 1
    assert "keys" in said.failed
    assert "the leaf of the rotation is missing" in said.words["checkpoint"]


def test_a_pack_from_before_the_rotation_fails_under_the_newer_key(check, pack):
    said = check(pack[1], NEW.vkey)

    assert said.code == 1
    assert "a pack from before the rotation" in said.words["keys"]


def test_a_rotation_that_the_old_key_did_not_sign_is_caught(check):
    ledger = making.story(rounds=1)
    old, ledger.signer = ledger.signer, making.Signer("thief")
    ledger.signer.vkey = old.vkey
    ledger.rotate(NEW)
    ledger.second = [old]
    ledger.checkpoint()

    said = check(making.export(ledger), NEW.vkey)

    assert said.code == 1
    assert "the old key did not sign the rotation" in said.words["keys"]
    assert "verb ledger.key_rotated" in said.words["keys"]


def test_a_rotation_of_a_key_that_was_not_in_force_is_caught(check):
    ledger = making.story(rounds=1)
    ledger.signer = making.Signer("thief")
    ledger.rotate(NEW)
    ledger.checkpoint()

    said = check(making.export(ledger), NEW.vkey)

    assert said.code == 1
    assert "keys" in said.failed


def test_a_checkpoint_by_the_old_key_after_the_rotation_is_refused(check):
    ledger = making.story(rounds=1)
    old = ledger.signer
    ledger.rotate(NEW)
    ledger.checkpoint()
    ledger.record()
    ledger.signer = old
    ledger.checkpoint()

    said = check(making.export(ledger), old.vkey)

    assert said.code == 1
    assert {"checkpoint", "checkpoints"} <= said.failed


def test_the_first_checkpoint_over_a_rotation_needs_both_signatures(check):
    ledger = making.story(rounds=1)
    ledger.rotate(NEW)
    ledger.second = []
    ledger.checkpoint()

    said = check(making.export(ledger), NEW.vkey)

    assert (said.code, said.failed) == (1, {"checkpoints"})
    assert "the old key did not sign it" in said.words["checkpoints"]


def test_a_false_second_signature_spoils_the_checkpoint(check):
    ledger = making.story(rounds=1)
    ledger.rotate(NEW)
    size, note, sealed = ledger.checkpoints[-1]
    made = ledger.note()
    text = made[: made.rindex("\n\n") + 1]
    false = making.b64(making.Signer().id + bytes(64))
    note = f"{text}\n— {making.ORIGIN} {false}\n{NEW.line(text)}"
    ledger.checkpoints.append((len(ledger.lines), note, ledger.sealed[-1]))

    said = check(making.export(ledger), NEW.vkey)

    assert said.code == 1
    assert {"checkpoint", "checkpoints"} <= said.failed


def test_a_reopened_ledger_passes_under_its_new_key_and_says_what_was_lost(check):
    ledger, lost = reopened()

    said = check(making.export(ledger), AFTER.vkey, prev=lost)

    assert said.code == 0, said.words
    lost_words = "5 leaves of countersign.example/ledger (seq 12 to 16) were lost"
    assert lost_words in said.words["previous"]
    assert "restored from a backup" in said.words["previous"]


def test_a_reopened_ledger_is_only_partly_checked_under_its_old_key(check):
    ledger, lost = reopened()

    said = check(making.export(ledger), making.Signer().vkey, prev=lost)

    assert (said.code, said.result["keys"]) == (3, "SKIP")
    assert "get that key another way" in said.words["keys"]


def test_a_reopening_signed_by_the_old_key_carries_its_trust_on(check):
    ledger, lost = reopened(linked=True)

    said = check(making.export(ledger), making.Signer().vkey, prev=lost)

    assert said.code == 0, said.words


def test_a_partial_pack_of_a_reopened_ledger_passes(check):
    ledger, lost = reopened()

    said = check(making.pack(ledger), AFTER.vkey, prev=lost)

    assert said.code == 0, said.words


def test_a_checkpoint_from_before_the_backup_is_extended_as_ever(check):
    ledger, _ = reopened()

    said = check(making.export(ledger), AFTER.vkey, prev=ledger.checkpoints[0][1].encode())

    assert said.code == 0
    assert "this log extends the earlier checkpoint" in said.words["previous"]


def test_a_lost_checkpoint_that_no_reopening_quotes_is_caught(check):
    ledger, _ = reopened()
    other = making.story(rounds=4).checkpoints[-1][1].encode()

    said = check(making.export(ledger), AFTER.vkey, prev=other)

    assert (said.code, said.failed) == (1, {"previous"})
    assert "lost in silence" in said.words["previous"]


def test_a_reopening_that_quotes_otherwise_than_its_note_is_caught(check):
    ledger = making.story(rounds=2)
    lost = making.story(rounds=3).checkpoints[-1][1]
    ledger.reopen(AFTER, lost)
    line = json.loads(ledger.lines[-1])
    line["entry"]["details"]["previous"]["size"] = 12
    ledger.lines[-1] = making.canonical(line)
    ledger.leaves[-1] = making.leaf(ledger.lines[-1])
    ledger.checkpoint()

    said = check(making.export(ledger), AFTER.vkey)

    assert said.code == 1
    assert "quotes a checkpoint otherwise" in said.words["keys"]


def test_an_export_whose_first_leaf_opens_nothing_is_refused(check):
    ledger = making.Ledger(opened=False)
    ledger.keys = [ledger.signer]
    making.story(ledger)

    said = check(making.export(ledger), ledger.signer.vkey)

    assert said.code == 1
    assert "the first leaf does not open the ledger" in said.words["keys"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "countersign.example/ledger+00000000+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "a b+f3da0e53+ARQpdpv0G59NTxaTXUFd6JPLwElMyO8Z1l4PC/9elhsb",
        "countersign.example/ledger+f3da0e53+AhQpdpv0G59NTxaTXUFd6JPLwElMyO8Z1l4PC/9elhsb",
    ],
)
def test_a_key_that_is_none_is_wrong_usage(check, story, text):
    said = check(making.export(story), text or "+")

    assert said.code == 2
    assert said.text == ""


def test_a_key_of_small_order_is_refused():
    import hashlib

    import countersign_verify

    public = (1).to_bytes(32, "little")
    identity = hashlib.sha256(b"x\n\x01" + public).digest()[:4].hex()

    with pytest.raises(countersign_verify.Fault, match="not one that may be used"):
        countersign_verify.parse_vkey(f"x+{identity}+{making.b64(bytes([1]) + public)}")
