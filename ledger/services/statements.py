"""Statements that others ask the sealer to sign: it composes the text, they name the digest."""

import re
from base64 import b64encode
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from ledger.models import Checkpoint, Statement
from ledger.rules.notes import Ed25519Signer, Head, head_of, sign
from ledger.rules.refusals import Invalid
from ledger.rules.worded import term, word, worded
from ledger.selectors.signatures import signed, verifiers

KINDS = {
    "pack": "countersign pack v1\n{label}\ntagmanifest-sha256 {sha256}\n",
    "organisation": "countersign organisation v1\n{label}\nmanifest-sha256 {sha256}\n",
}
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,39}")
SHA256 = re.compile(r"[0-9a-f]{64}")
MOST = 200
log = structlog.get_logger(__name__)


@transaction.atomic
def request_statement(
    *, kind: str, label: str, sha256: str, checkpoint_size: int, at: datetime
) -> UUID:
    """Ask the sealer to sign a digest beside the checkpoint of a size; it does so at the next seal.

    `kind` is 'pack', `label` its number, `sha256` 64 lower hex digits. Raises Invalid.
    """
    row = Checkpoint.objects.filter(size=checkpoint_size).order_by("-id").first()
    if row is None:
        raise Invalid(
            "no_checkpoint",
            worded(
                "There is no checkpoint of {checkpoint_size} leaves.",
                checkpoint_size=checkpoint_size,
            ),
        )
    asked = Statement(
        kind=kind,
        label=label,
        sha256=sha256,
        size=row.size,
        root=bytes(row.root),
        requested_at=at,
    )
    fault = _fault(asked)
    if fault:
        raise Invalid(
            "bad_statement", worded("The sealer does not sign this: {fault}.", fault=term(fault))
        )
    asked.save(force_insert=True)
    return asked.pk


def sign_statements(signer: Ed25519Signer, at: datetime) -> int:
    """Sign what waits, within the seal. What may not be signed is marked with an empty note."""
    rows = Statement.objects.filter(signed_at=None).order_by("requested_at")
    waiting = list(rows.select_for_update(skip_locked=True)[:MOST])
    for row in waiting:
        fault = _fault(row)
        if fault:
            log.error("statement_refused", statement=str(row.pk), why=fault)
        row.note = "" if fault else sign(statement_text(row), signer)
        row.signed_at = at
        row.save(update_fields=["note", "signed_at"])
    return len(waiting)


def statement_text(row: Statement) -> str:
    """Return what is signed: the kind's lines, then the checkpoint's size and root."""
    head = KINDS[row.kind].format(label=row.label, sha256=row.sha256)
    return f"{head}checkpoint {row.size} {b64encode(bytes(row.root)).decode()}\n"


def _fault(row: Statement) -> str:
    """Return why a statement may not be signed, '' if it may: rows are written by others."""
    if row.kind not in KINDS:
        return worded("{kind} is no kind of statement", kind=repr(row.kind))
    if not LABEL.fullmatch(row.label) or not SHA256.fullmatch(row.sha256):
        return word("the label or the digest is not of the form that is signed")
    rows = Checkpoint.objects.filter(size=row.size, root=bytes(row.root)).order_by("-id")
    if not any(_ours(known) for known in rows[:2]):
        return word("its size and root are no checkpoint of this log")
    return ""


def _ours(known: Checkpoint) -> bool:
    """Tell whether a checkpoint says what its signed note says, and the note is ours."""
    head = Head(known.origin, known.size, bytes(known.root))
    return head_of(known.note) == head and signed(known.note, verifiers(origin=known.origin))
