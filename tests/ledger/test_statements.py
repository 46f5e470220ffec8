"""The sealer signs digests beside its own checkpoints, in words of its own, and nothing else."""

import datetime as dt
from base64 import b64encode

import pytest

from ledger.models import Checkpoint, Statement
from ledger.rules.notes import Ed25519Signer, Note, Verifier, checkpoint_text, sign
from ledger.rules.refusals import Invalid
from ledger.selectors.checkpoints import keys
from ledger.selectors.statements import note_of
from ledger.services.rotation import rotate_key
from ledger.services.sealing import seal
from ledger.services.statements import request_statement
from tests.ledger.sealed import AT, OPERATOR, newest, sealed

DIGEST = "ab" * 32


def request(**changes):
    arguments = {
        "kind": "pack",
        "label": "PK-2026-0007",
        "sha256": DIGEST,
        "checkpoint_size": newest().size,
        "at": AT,
    }
    return request_statement(**(arguments | changes))


def test_a_statement_is_signed_at_the_next_seal(db):
    sealed(3)
    asked = request()
    assert note_of(asked) == ""

    seal(at=AT)

    root = b64encode(bytes(newest().root)).decode()
    note = Note.parse(note_of(asked))
    assert note.text == (
        f"countersign pack v1\nPK-2026-0007\ntagmanifest-sha256 {DIGEST}\ncheckpoint 4 {root}\n"
    )
    assert note.signed_by(Verifier.parse(keys()[0].vkey))


def test_a_statement_is_signed_once(db):
    sealed(3)
    asked = request()
    seal(at=AT)
    first = Statement.objects.get(pk=asked).signed_at

    seal(at=AT + dt.timedelta(hours=1))

    assert Statement.objects.get(pk=asked).signed_at == first


def test_after_a_rotation_the_new_key_signs(db):
    sealed(3)
    asked = request()

    rotate_key(reason="yearly", actor=OPERATOR, at=AT)

    assert Note.parse(note_of(asked)).signed_by(Verifier.parse(keys()[1].vkey))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"checkpoint_size": 3}, "no checkpoint of 3"),
        ({"kind": "licence"}, "no kind of statement"),
        ({"label": "PK\n7"}, "form that is signed"),
        ({"label": ""}, "form that is signed"),
        ({"label": "P" * 41}, "form that is signed"),
        ({"sha256": "AB" * 32}, "form that is signed"),
        ({"sha256": "ab"}, "form that is signed"),
    ],
)
def test_what_is_not_signed_is_refused_when_asked(db, changes, words):
    sealed(3)

    with pytest.raises(Invalid, match=words):
        request(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"root": bytes(32)},
        {"size": 3},
        {"label": "PK-1\ncheckpoint 99"},
        {"kind": "other"},
        {"sha256": "no digest"},
    ],
)
def test_a_row_that_was_written_past_the_service_is_not_signed(db, changes):
    sealed(3)
    asked = Statement.objects.get(pk=request())
    Statement.objects.filter(pk=asked.pk).update(**changes)

    seal(at=AT)

    asked.refresh_from_db()
    assert (asked.note, asked.signed_at) == ("", AT)


def test_a_checkpoint_that_we_did_not_sign_is_none_of_ours(db):
    sealed(3)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    forged = newest()
    other = Ed25519Signer(forged.origin, Ed25519PrivateKey.generate())
    Checkpoint.objects.create(
        origin="forged",
        size=3,
        root=bytes(32),
        note=sign(checkpoint_text(forged.origin, 3, bytes(32)), other),
        frontier=b"",
        sealed_at=AT - dt.timedelta(days=1),
    )

    with pytest.raises(Invalid, match="no checkpoint of this log"):
        request(checkpoint_size=3)
