"""The private key of the log: a file that only the sealer reads."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

from ledger.models import SigningKey
from ledger.rules.notes import Ed25519Signer, Malformed, check_name
from ledger.rules.refusals import SealRefused
from ledger.rules.worded import worded

KEY = "key"
NEXT = "key.next"
MODE = 0o600


def key_path(name: str = KEY) -> Path:
    """Return where the key lies, or the one that follows it."""
    return Path(settings.LEDGER_DIR) / name


def key_in_force() -> SigningKey | None:
    """Return the public half of the key that signs now, None before the first seal."""
    return SigningKey.objects.order_by("-since", "-from_size").first()


def origin_in_force() -> str:
    """Return the log's origin: the newest key's, before the first seal LEDGER_ORIGIN."""
    known = key_in_force()
    return known.origin if known else str(settings.LEDGER_ORIGIN)


def create_key() -> Ed25519Signer:
    """Make the first key of the log, or return the one that is there.

    Raises SealRefused if the log has a key already and its file is gone.
    """
    known = key_in_force()
    if known is not None:
        return load_key()
    if not key_path().exists():
        _write(key_path(), Ed25519PrivateKey.generate())
    return _read(key_path(), _checked(settings.LEDGER_ORIGIN))


def load_key() -> Ed25519Signer:
    """Return the key in force. Raises SealRefused if it is missing, open to others, or foreign.

    A rotation that was committed but not finished on disk is finished here.
    """
    known = key_in_force()
    if known is None:
        return _first_key()
    for name in (KEY, NEXT):
        if key_path(name).exists():
            signer = _read(key_path(name), known.origin)
            if signer.vkey == known.vkey:
                promote_next() if name == NEXT else None
                return signer
    raise _foreign(known) if key_path().exists() else _missing(known)


def finish_rotation() -> None:
    """Let a prepared key take its place if it is in force already: a process died before it could.

    Without a readable key nothing is in force to be finished.
    """
    with suppress(SealRefused):
        load_key()


def prepare_next(origin: str) -> Ed25519Signer:
    """Make the key that follows, beside the one in force, and return it."""
    key_path(NEXT).unlink(missing_ok=True)
    _write(key_path(NEXT), Ed25519PrivateKey.generate())
    return _read(key_path(NEXT), _checked(origin))


def promote_next() -> None:
    """Let the prepared key take the place of the one before, after the commit."""
    key_path(NEXT).replace(key_path())


def permissions_fault(path: Path) -> str:
    """Return what is wrong with who may read the key, '' if nothing is."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return worded(
            "{path} can be read by other accounts (mode {mode}); run `chmod 600 {path}`.",
            path=path,
            mode=f"{mode:o}",
        )
    return ""


def _first_key() -> Ed25519Signer:
    if settings.DEVELOPMENT or key_path().exists():
        return create_key()
    raise SealRefused(
        "no_key",
        worded(
            "There is no key at {key_path} yet. Run `manage.py ledger_key create` "
            "on the host that seals, and hand the line that it prints to the "
            "auditors. Entries wait meanwhile.",
            key_path=key_path(),
        ),
    )


def _write(path: Path, key: Ed25519PrivateKey) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path, name: str) -> Ed25519Signer:
    fault = permissions_fault(path)
    if fault:
        raise SealRefused(
            "key_open", worded("{fault} Whoever read it could sign in the log's name.", fault=fault)
        )
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, OSError) as error:
        raise SealRefused(
            "key_unreadable",
            worded("{path} is not readable as a key: {error}.", path=path, error=str(error)),
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SealRefused("key_unreadable", worded("{path} holds no Ed25519 key.", path=path))
    return Ed25519Signer(name, key)


def _checked(origin: str) -> str:
    try:
        return check_name(origin)
    except Malformed as error:
        raise SealRefused(
            "bad_origin", worded("The origin of the log: {error}.", error=str(error))
        ) from None


def _foreign(known: SigningKey) -> SealRefused:
    return SealRefused(
        "foreign_key",
        worded(
            "{key_path} is not the key of this log, which is signed by {vkey}. Put "
            "the right file back. If it is lost, `manage.py ledger_origin NEW "
            "--reason …` opens a new origin.",
            key_path=key_path(),
            vkey=known.vkey,
        ),
    )


def _missing(known: SigningKey) -> SealRefused:
    return SealRefused(
        "no_key",
        worded(
            "{key_path} is missing; this log is signed by {vkey}. Put the file back "
            "from its copy. If it is lost, `manage.py ledger_origin NEW --reason …` "
            "opens a new origin.",
            key_path=key_path(),
            vkey=known.vkey,
        ),
    )
