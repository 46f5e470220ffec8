"""Stored credentials: encrypted with FIELD_KEYS, never with SECRET_KEY, never shown again."""

import base64
import hashlib
from collections.abc import Sequence

import orjson
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

from ledger.rules.refusals import Misconfigured


def encrypt(secrets: Sequence[str]) -> bytes:
    """Return the secrets encrypted with the newest key. Raises Misconfigured without keys."""
    return _keys().encrypt(orjson.dumps(list(secrets)))


def decrypt(sealed: bytes) -> list[str]:
    """Return what `encrypt` was given; any key in FIELD_KEYS opens it."""
    opened: list[str] = orjson.loads(_keys().decrypt(bytes(sealed)))
    return opened


def _keys() -> MultiFernet:
    if not settings.FIELD_KEYS:
        raise Misconfigured("FIELD_KEYS is not set, so credentials cannot be stored.")
    return MultiFernet([Fernet(_derive(key)) for key in settings.FIELD_KEYS])


def _derive(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())
