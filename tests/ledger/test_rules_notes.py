"""Notes, keys and checkpoints are C2SP's, and what is not of the form is refused."""

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.rules.notes import (
    Ed25519Signer,
    Head,
    Malformed,
    Note,
    Signature,
    Verifier,
    checkpoint_text,
    head_of,
    proof,
    sign,
)

# The published example of the Go implementation of signed notes.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
    "KE6RyyBwJnAM=\n"
)
ORIGIN = "countersign.example/ledger"
ROOT = bytes(range(32))


def signer(name=ORIGIN, seed=1):
    return Ed25519Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def verifier(key):
    return Verifier.parse(key.vkey)


def test_a_note_that_others_signed_is_verified():
    key = Verifier.parse(PUBLISHED_KEY)

    assert Note.parse(PUBLISHED_NOTE).signed_by(key)
    assert not Note.parse(PUBLISHED_NOTE.replace("answer", "Answer")).signed_by(key)


def test_a_note_reads_back_to_its_bytes():
    assert str(Note.parse(PUBLISHED_NOTE)) == PUBLISHED_NOTE


def test_a_checkpoint_is_three_lines_and_a_signature_over_them():
    note = sign(checkpoint_text(ORIGIN, 42, ROOT), signer())

    lines = note.split("\n")
    assert lines[:2] == [ORIGIN, "42"]
    assert b64decode(lines[2]) == ROOT
    assert lines[3] == ""
    assert lines[4].startswith(f"— {ORIGIN} ")
    assert b64decode(lines[4].split(" ")[2])[:4] == signer().key_id
    assert head_of(note) == Head(ORIGIN, 42, ROOT)
    assert Note.parse(note).signed_by(verifier(signer()))


def test_a_vkey_names_its_key_id_and_its_type():
    name, digits, value = signer().vkey.split("+", 2)

    assert name == ORIGIN
    assert bytes.fromhex(digits) == signer().key_id
    assert b64decode(value)[:1] == b"\x01"
    assert b64decode(value)[1:] == signer().public


def test_two_keys_sign_one_text_and_each_is_found():
    note = Note.parse(sign(checkpoint_text(ORIGIN, 1, ROOT), signer(), signer(seed=2)))

    assert note.signed_by(verifier(signer()))
    assert note.signed_by(verifier(signer(seed=2)))
    assert not note.signed_by(verifier(signer(seed=3)))


def test_lines_of_unknown_keys_and_longer_signatures_are_carried():
    text = checkpoint_text(ORIGIN, 1, ROOT)
    ours = Note.parse(sign(text, signer()))
    later = Signature("witness.example", b"\xaa\xbb\xcc\xdd", bytes(2420))

    note = Note.parse(str(Note(text, (later, *ours.signatures))))

    assert note.signed_by(verifier(signer()))
    assert note.signatures[0] == later


def test_a_key_of_the_same_value_under_another_name_is_another_key():
    note = Note.parse(sign(checkpoint_text(ORIGIN, 1, ROOT), signer()))

    assert not note.signed_by(verifier(signer(name="other.example/ledger")))


def test_a_second_line_of_the_key_that_fails_spoils_the_note():
    text = checkpoint_text(ORIGIN, 1, ROOT)
    good = Note.parse(sign(text, signer()))
    bad = Signature(ORIGIN, signer().key_id, bytes(64))

    assert not Note(text, (*good.signatures, bad)).signed_by(verifier(signer()))


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— name\n",
        "text\n\n— name AAAA\n",
        "text\n\n- name AAAAAAAA\n",
        "text\n\n— name AAAAAAAA",
        "text\n\n— name AAAAAAA!\n",
        "text\n\n— na+me AAAAAAAA\n",
        "te\rxt\n\n— name AAAAAAAA\n",
        "text\n\n" + "— name AAAAAAAA\n" * 65,
    ],
)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(Malformed):
        Note.parse(note)


@pytest.mark.parametrize(
    "text",
    [
        "origin\n1\n",
        "origin\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n1\nAAAA\n",
        "\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "origin\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(Malformed):
        Head.parse(text)


def test_extension_lines_of_a_checkpoint_are_passed_over():
    text = checkpoint_text(ORIGIN, 7, ROOT) + "extension\n"

    assert Head.parse(text) == Head(ORIGIN, 7, ROOT)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        PUBLISHED_KEY.replace("c74f20a3", "c74f20a4"),
        PUBLISHED_KEY.replace("Peter", "Pater"),
        PUBLISHED_KEY[:-4],
        "name+00000000+AAAA",
    ],
)
def test_what_is_no_key_is_refused(vkey):
    with pytest.raises(Malformed):
        Verifier.parse(vkey)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b"])
def test_a_name_with_spaces_or_plus_is_refused(name):
    with pytest.raises(Malformed):
        _ = signer(name=name).vkey


@pytest.mark.parametrize("text", ["", "\n", "no newline", "bell\x07\n"])
def test_what_cannot_be_a_note_is_not_signed(text):
    with pytest.raises(Malformed):
        sign(text, signer())


def test_a_proof_is_its_index_its_path_and_the_checkpoint_as_it_is():
    note = sign(checkpoint_text(ORIGIN, 2, ROOT), signer())

    text = proof(1, [ROOT], note)

    assert text == (
        "c2sp.org/tlog-proof@v1\nindex 1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n" + note
    )
